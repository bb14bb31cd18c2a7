"""What of the documentation is written from the code: `python -m tools.docs.writing`, and a hook of MkDocs."""
