"""The events and teams of the checked-in sample, with names as awkward as real ones.

Belongs here: names and ids only. Apostrophes, quotes, `&`, `<`, emoji and other scripts are there
because names on real pages hold them, too.
"""

from testkit.invented.facts import Event, Player, Team

OLD_CUP = Event(9_001, "O'Hearth & Sons Winter Cup 2022", "ohearth-sons-winter-cup-2022")
LEAGUE = Event(9_002, 'Чайная "Samovar" League 2025 🫖', "samovar-league-2025")

KETTLES = Team(
    90_001,
    "Paper Kettles",
    "paper-kettles",
    (
        Player(900_001, "moosling", "moosling"),
        Player(900_002, "d'oubt", "doubt"),
        Player(900_003, "obliq", "obliq"),
        Player(900_004, "Kn0tweed", "kn0tweed"),
        Player(900_005, "steeper", "steeper"),
    ),
)
SALT = Team(
    90_002,
    "Salt & Vinegrette",
    "salt-vinegrette",
    (
        Player(900_011, "r&bee", "r-bee"),
        Player(900_012, "dripfeed", "dripfeed"),
        Player(900_013, "Pickl", "pickl"),
        Player(900_014, "umbrage", "umbrage"),
        Player(900_015, "twelve inches", "twelve-inches"),
    ),
    has_night_logo=False,
)
LESS_THAN = Team(
    90_003,
    "Less<Than>Five",
    "less-than-five",
    (
        Player(900_021, "<null>", "null"),
        Player(900_022, "gr8er>", "gr8er"),
        Player(900_023, "x<y", "x-y"),
        Player(900_024, "ampere;", "ampere"),
        Player(900_025, "Bracketeer", "bracketeer"),
    ),
)
OWLS = Team(
    90_004,
    "Полуночные Совы",
    "polunochnye-sovy",
    (
        Player(900_031, "Тишинка", "tishinka"),
        Player(900_032, "перо", "pero"),
        Player(900_033, "hootenanny", "hootenanny"),
        Player(900_034, "Дупло", "duplo"),
        Player(900_035, "ёлка-9", "yolka-9"),
    ),
)
QUOTED = Team(
    90_005,
    'The "Quiet" Ones\' Club',
    "the-quiet-ones-club",
    (
        Player(900_041, '"shh"', "shh"),
        Player(900_042, "mum's word", "mums-word"),
        Player(900_043, "lullab", "lullab"),
        Player(900_044, "Pianissim0", "pianissim0"),
        Player(900_045, "hush-hush", "hush-hush"),
    ),
)
SNAILS = Team(
    90_006,
    "🐌 Express Post",
    "express-post",
    (
        Player(900_051, "slo🐌mo", "slo-mo"),
        Player(900_052, "parcelle", "parcelle"),
        Player(900_053, "Stämp", "stamp"),
        Player(900_054, "recorded delivery", "recorded-delivery"),
        Player(900_055, "éclair", "eclair"),
    ),
    has_night_logo=False,
)
