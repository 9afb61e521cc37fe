"""Seed data: the people of the sandbox's office, their colleagues, customers and rooms.

All of them are made up; e-mail domains end in names that RFC 2606 reserves.
"""

from __future__ import annotations

from functools import cache

from msgspec import Struct

DOMAIN = "quillmark.test"
DELETED_CALENDARS = frozenset({"Office move 2024"})
UNRESTRICTED_CALENDARS = frozenset({("maya", "Team")})
WORK, TEAM = "Calendar", "Team"


class Connection(Struct, frozen=True):
    """A profile of a person; the first of its calendars is the primary one."""

    provider: str
    service: str
    address: str
    calendars: tuple[str, ...]
    connected: bool = True


class Person(Struct, frozen=True):
    """A person with an account."""

    key: str
    name: str
    zone: str
    country: str
    subdivision: str | None
    holidays: str  # name of the read-only calendar of public holidays
    city: str
    lat: str
    long: str
    opens: float  # working hours on the local clock
    closes: float
    load: tuple[float, float, float, float, float]  # meetings organized on a usual Monday, Tuesday ...
    customers: float  # share of those meetings that are with customers
    connections: tuple[Connection, ...]
    delegated: bool = False  # authorized through the service account

    @property
    def email(self) -> str:
        """The work address."""
        return address_of(self.name)

    @property
    def region(self) -> str:
        """Where public holidays are those of the person: a country, or a part of it such as `DE-BE`."""
        return f"{self.country}-{self.subdivision}" if self.subdivision else self.country


@cache
def address_of(name: str, domain: str = DOMAIN) -> str:
    """Return a person's address at a domain."""
    return f"{name.lower().replace(' ', '.')}@{domain}"


PEOPLE = (
    Person(
        key="maya",
        name="Maya Okafor",
        zone="Europe/London",
        country="GB",
        subdivision="ENG",
        holidays="Public holidays in the United Kingdom",
        city="London",
        lat="51.5136",
        long="-0.0981",
        opens=9,
        closes=17.5,
        load=(1.3, 2.1, 1.7, 1.9, 0.7),
        customers=0.5,
        connections=(
            Connection("exchange", "office365", "maya.okafor@quillmark.test", (WORK, TEAM, "Office move 2024")),
            Connection(
                "google",
                "google",
                "maya.okafor@mail.example",
                ("Personal", "Public holidays in the United Kingdom"),
            ),
            Connection("apple", "icloud", "mayaokafor@cloud.example", ("Family",)),
        ),
    ),
    Person(
        key="daniel",
        name="Daniel Reyes",
        zone="America/New_York",
        country="US",
        subdivision=None,
        holidays="Public holidays in the United States",
        city="New York",
        lat="40.7527",
        long="-73.9772",
        opens=9,
        closes=18,
        load=(1.9, 2.6, 2.3, 2.4, 1.2),
        customers=0.75,
        connections=(
            Connection(
                "exchange",
                "office365",
                "daniel.reyes@quillmark.test",
                (WORK, TEAM, "Public holidays in the United States"),
            ),
            Connection("apple", "icloud", "dreyes@cloud.example", ("Home", "Little League")),
        ),
    ),
    Person(
        key="lena",
        name="Lena Hartmann",
        zone="Europe/Berlin",
        country="DE",
        subdivision="BE",
        holidays="Public holidays in Germany",
        city="Berlin",
        lat="52.5244",
        long="13.4105",
        opens=9,
        closes=18,
        load=(1.2, 1.9, 1.0, 1.8, 0.9),
        customers=0.1,
        connections=(
            Connection("google", "gsuite", "lena.hartmann@quillmark.test", (WORK, TEAM, "Public holidays in Germany")),
            Connection("apple", "icloud", "lena.h@cloud.example", ("Familie",)),
            Connection("exchange", "exchange", "hartmann@tu-alumni.example", ("Kalender",), connected=False),
        ),
        delegated=True,
    ),
    Person(
        key="weiling",
        name="Wei Ling Tan",
        zone="Asia/Singapore",
        country="SG",
        subdivision=None,
        holidays="Public holidays in Singapore",
        city="Singapore",
        lat="1.2839",
        long="103.8515",
        opens=9,
        closes=18,
        load=(1.5, 1.9, 1.8, 1.7, 1.2),
        customers=0.55,
        connections=(
            Connection(
                "exchange",
                "office365",
                "wei.ling.tan@quillmark.test",
                (WORK, TEAM, "Public holidays in Singapore"),
            ),
            Connection("google", "google", "weilingtan@mail.example", ("Personal",)),
        ),
    ),
    Person(
        key="arjun",
        name="Arjun Mehta",
        zone="Asia/Kolkata",
        country="IN",
        subdivision="KA",
        holidays="Public holidays in India",
        city="Bengaluru",
        lat="12.9753",
        long="77.6051",
        opens=10,
        closes=19,
        load=(1.4, 1.7, 1.3, 1.7, 1.1),
        customers=0.1,
        connections=(
            Connection("google", "gsuite", "arjun.mehta@quillmark.test", (WORK, TEAM, "Public holidays in India")),
            Connection("google", "google", "arjunm@mail.example", ("Personal",)),
        ),
        delegated=True,
    ),
)

COLLEAGUES = (
    *("Tom Ellery", "Sofia Marchetti", "Ben Adeyemi", "Grace Liu", "Katya Sorokina", "Noor Rahman", "Jonas Weiss"),
    *("Isabel Duarte", "Femi Bakare", "Hannah Clarke", "Rohan Iyer", "Mei Chen"),
)

CUSTOMERS = (
    ("Oakridge Foods", "oakridge-foods.example", ("Paula Whitcombe", "Steve Laidlaw")),
    ("Bluefin Logistics", "bluefin-logistics.example", ("Marco Tessari", "Ingrid Dahl")),
    ("Tarn & Co", "tarnandco.example", ("Priya Nair", "Oliver Stroud")),
    ("Halden Clinics", "halden-clinics.example", ("Dr Anna Lindqvist", "Peter Moss")),
    ("Pacific Lantern", "pacificlantern.example", ("Kenji Mori", "Adeline Goh")),
    ("Sandgate Council", "sandgate.example", ("Ruth Penrose", "Imran Sheikh")),
    ("Copperline Rail", "copperline-rail.example", ("Luis Herrera", "Becky Stanton")),
    ("Nordwall Energie", "nordwall-energie.example", ("Matthias Brandt", "Silke Vogt")),
    ("Merrow Books", "merrowbooks.example", ("Fiona Galbraith", "Sam Ortega")),
)

ROOMS = (
    ("Kittiwake (London, 6)", "room.kittiwake", "London"),
    ("Guillemot (London, 14)", "room.guillemot", "London"),
    ("Phone booth 2 (London)", "room.booth2", "London"),
    ("Hudson (New York, 8)", "room.hudson", "New York"),
    ("Spree (Berlin, 10)", "room.spree", "Berlin"),
    ("Orchid (Singapore, 5)", "room.orchid", "Singapore"),
    ("Cubbon (Bengaluru, 8)", "room.cubbon", "Bengaluru"),
)

CALLS = (
    *("{} check-in", "{}: onboarding", "Demo for {}", "{} renewal", "{} quarterly review", "{}: open tickets"),
    *("{} / Quillmark", "{}: rollout plan", "Intro call: {}", "{} – security questions"),
)

TALKS = (
    *("Hiring debrief", "Interview: support engineer", "Interview: account manager", "Pricing working group"),
    *("Incident review", "Reporting: design review", "Budget, second pass", "Contract review with legal"),
    *("Onboarding: week one", "Roadmap preview", "Security questionnaire", "Kestrel: open questions"),
    *("Data migration dry run", "Help centre clean-up", "Quarterly planning", "Escalation: next steps"),
    *("Churn numbers", "Offsite planning", "API limits", "Coffee catch-up", "Release notes", "Partner programme"),
)

AGENDAS = (
    *("", "", "", "Agenda in the shared doc.", "Notes: https://docs.quillmark.test/notes"),
    *("- where we stand\n- what is blocked\n- next steps", "Please read the summary beforehand.", "Bring numbers."),
)
