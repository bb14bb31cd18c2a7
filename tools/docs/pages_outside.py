"""A hook of MkDocs: documents in the project's root are pages of the site, too, and links between all of them work.

On a code forge links are paths in the project; on the site these documents lie beside those in `docs/`.
"""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

_ROOT = Path(__file__).parents[2]
_OUTSIDE = ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md")
_TO_DOCS = re.compile(r"(?<=\]\()docs/")
_TO_ROOT = re.compile(rf"(?<=\]\()(?:\.\./)?({'|'.join(map(re.escape, _OUTSIDE))})(?=[)#])")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents of the root."""
    for name in _OUTSIDE:
        files.append(File.generated(config, name.lower(), abs_src_path=str(_ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to where the documents are on the site."""
    del page, config, files
    return _TO_ROOT.sub(lambda found: found[1].lower(), _TO_DOCS.sub("", markdown))
