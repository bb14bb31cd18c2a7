"""The address under which the project's own invented pages are served: no such host exists (RFC 2606)."""

SAMPLE_HOST = "sample.invalid"
SAMPLE_BASE_URL = f"https://{SAMPLE_HOST}"
