"""The frame around every page: head, navigation, adverts, sidebars, footer, scripts.

Belongs here: what stands on each page whatever its kind. It is there to be read past: it holds
links, names and strings that a careless reader would take for the page's own.
"""

from html import escape

SECTIONS = ("News", "Matches", "Results", "Events", "Stats", "Galleries", "Forums", "Fantasy")
STATS_SECTIONS = ("Overview", "Players", "Teams", "Matches", "Events", "Leaderboards")
FILTERS = {
    "Match type": ("matchType", ("All", "Lan", "Online", "BigEvents", "Majors")),
    "Ranking": ("rankingFilter", ("All", "Top5", "Top10", "Top20", "Top30", "Top50")),
    "Best Of X": ("bestOfX", ("All", "BestOf1", "BestOf3", "BestOf5")),
    "Maps": ("maps", ("All", "de_ancient", "de_inferno", "de_mirage", "de_nuke", "de_overpass")),
}
THREADS = (
    "Which tea before a final?",
    "Your <b>boldest</b> prediction & why",
    "Кто смотрит сегодня?",
    "Half 12 : 0, never seen it",
    "Rate my keyboard 🐌",
    "Best round history of the year",
)
# Matches of other teams, as a sidebar lists them: none of them is the page's own match.
REPLAYS = (
    (8_999_998, "Paper Herons", "Copper Spoons"),
    (8_999_997, "Moss & Co", "The 'Quiet' Five"),
    (8_999_996, "Marble Geese", "Wool Sixth"),
)
# The loader that normal pages carry, too: it is no sign of a challenge.
CHALLENGE_LOADER = """\
<script>(function(){var loader=document.createElement('script');\
loader.src='/cdn-cgi/challenge-platform/scripts/invented/main.js';\
document.getElementsByTagName('head')[0].appendChild(loader);})();</script>"""


def render_page(title: str, path: str, content: str) -> str:
    """Put a page's content into the frame. `title` is plain text, `content` is HTML."""
    return f"""\
<!DOCTYPE html>
<html lang="en" data-client-country-iso="xx">
  <!-- Invented sample page: every team, player, event and number on it is made up. -->
  {_head(title)}
  <body class="preload colsCustom1101  ">
    {_navigation()}
    <div class="bgPadding">
      {_side_adverts()}
      <div class="widthControl">
        {_top_advert()}
        <div class="colCon">
          <div class="contentCol">
            <div class="smartphone-only mobiletop"><div class="v-wrapper" style="min-height: 0px;">\
<div class="ready-vm-mob-placement" data-vid="invented-mobile-top"></div></div></div>
{content}
          </div>
          {_left_column(path)}
          {_right_column()}
        </div>
      </div>
    </div>
    {_footer()}
    {CHALLENGE_LOADER}
  </body>
</html>
"""


def _head(title: str) -> str:
    return f"""\
<head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1" id="metaViewport">
    <link rel="icon" type="image/png" sizes="32x32" href="/img/static/favicon/favicon-32x32.png">
    <link rel="manifest" href="/img/static/favicon/manifest.json">
    <link rel="stylesheet" href="/css/invented-day.css" type="text/css">
    <script type="text/javascript" src="/scripts/invented.js" async="async"></script>
    <title>{escape(title)}</title>
    <meta name="description" content="An invented page in the shape of a statistics page.">
    <meta property="og:title" content="{escape(title)}">
  </head>"""


def _navigation() -> str:
    links = "".join(f'<a href="/{section.lower()}" class="nav{section.lower()}">{section}</a>' for section in SECTIONS)
    teams = "\n".join(
        '          <div class="match-filter-popup-elm match-filter-team"><span>'
        '<img class="match-filter-team-logo" alt=""><span class="match-filter-team-name-placeholder">'
        "Team name placeholder</span></span></div>"
        for _ in range(5)
    )
    return f"""\
<div class="navbar">
      <nav class="navcon"><a href="/" class="small-logo"><img alt="Home" src="/img/static/logo.png"></a>{links}
        <div class="navsearch search-typeahead"><form action="/search?term=">\
<input type="text" class="navsearchinput" name="query" placeholder="Search..."></form></div>
        <div class="navsignin">Sign in</div>
        <div class="navpopup navpopup-scroll" id="popupsettings">
          <div class="nav-popup-header">Settings</div>
          <div class="nav-popup-elm"><span>Theme</span><span class="right slider">\
<span class="toggleUserTheme userTheme-day">Day</span>\
<span class="toggleUserTheme userTheme-night selected">Night</span></span></div>
{teams}
        </div>
      </nav>
    </div>"""


def _side_adverts() -> str:
    return "\n      ".join(
        f'<div class="bg-sidebar {side} {width}"><div class="main-sidebar-container">'
        f'<div class="v-wrapper" style="min-height: 0px;"><div class="ready-vm-placement"'
        f' data-vid="invented-{side}-{width}"></div></div></div></div>'
        for side in ("left", "right")
        for width in ("narrow", "wide")
    )


def _top_advert() -> str:
    return """\
<div class="logoCon"><a href="/" aria-label="Navigate back to frontpage"><div class="logo-container"></div></a>
          <div class="middle-container"><a href="/out/teapot" class="advert-top-box" rel="nofollow">
            <div class="advert-price-container"><div class="advert-price"><span>$</span>16.13</div>\
<div class="advert-discount">SAVE 24%</div></div>
            <div class="advert-cta bold">BUY A TEAPOT</div>
          </a></div>
        </div>"""


def _left_column(path: str) -> str:
    sections = "".join(
        f'<a href="/stats/{section.lower()}" class="sidebar-single-line-item"><span>{section}</span></a>'
        for section in STATS_SECTIONS
    )
    filters = "\n            ".join(
        f'<div class="filter-column-header open">{heading}</div><div class="filter-column-content  ">'
        + "".join(_filter_link(path, parameter, value) for value in values)
        + "</div>"
        for heading, (parameter, values) in FILTERS.items()
    )
    return f"""\
<div class="leftCol">
            <a href="/out/umbrella" class="a-reset advert-col-box" rel="nofollow">Umbrellas, 7% off</a>
            <div class="sidebar-box "><div class="sidebar-headline">Navigation</div>\
<div class="stats-section stats-team stats-sidebar">{sections}</div></div>
            <div class="sidebar-box "><div class="sidebar-headline">Filters</div>
            {filters}
            </div>
          </div>"""


def _filter_link(path: str, parameter: str, value: str) -> str:
    if value == "All":
        return f'<a href="{path}" class="sidebar-single-line-item selected"> All</a>'
    return f'<a href="{path}?{parameter}={value}" class="sidebar-single-line-item "> {value}</a>'


def _right_column() -> str:
    threads = "".join(
        f'<a href="/forums/threads/{number}/invented" class="col-box activity a-reset no-promode">'
        f'<span class="topic a-default" title="{escape(thread)}">{escape(thread)}</span>{number % 61}</a>'
        for number, thread in enumerate(THREADS, start=9_000_001)
    )
    replays = "\n              ".join(
        f'<a href="/matches/{match_id}/invented-replay" class="col-box a-reset"><div class="teamrows">'
        + "".join(f'<div class="teamrow"><span class="team">{escape(team)}</span></div>' for team in teams)
        + '</div><div class="middleExtra">DEMO</div></a>'
        for match_id, *teams in REPLAYS
    )
    return f"""\
<div class="right2Col">
            <aside><h1><a href="/forums" class="a-reset">RECENT ACTIVITY</a></h1>
              <div class="activitylist">{threads}</div></aside>
            <aside><h1><a href="/results?content=vod" class="a-reset">LATEST REPLAYS</a></h1>
              {replays}</aside>
          </div>"""


def _footer() -> str:
    return """\
<footer class="footer">
      <div class="widthControl footerlinks"><span><a href="/contact" class="footerlink">Contact</a></span>\
<span><a href="/terms" class="footerlink">Terms</a></span></div>
    </footer>
    <!--Version: invented-->
    <div id="overlay"></div>
    <noscript><img src="/img/invented-pixel.gif" class="pixel-tracking" alt=""></noscript>"""
