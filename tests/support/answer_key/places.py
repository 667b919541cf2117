"""Hospitals, departments, streets, towns and ways to reach people, of many countries."""

HOSPITALS = [
    "St. Brigid Memorial Hospital",
    "Klinikum Hohenwerda",
    "Hôpital Sainte-Apolline",
    "Ospedale San Lazzaro di Montefiore",
    "Royal Wenlock Infirmary",
    "Universitair Ziekenhuis Kortemark",
    "Hospital Clínico Virgen de la Salceda",
    "Harrowgate County Medical Center",
    "Bellavista Imaging Associates",
    "Queen Philippa Hospital",
    "Narayana Seva Diagnostic Centre",
    "Kibwezi District Hospital",
    "Sahlberga Lasarett",
    "Mercy Ridge Health System",
    "Szpital Wojewódzki w Radomince",
    "Clínica Nossa Senhora do Pilar",
    "Lakeshore Veterans Clinic",
    "Prince Edward Orthopaedic Institute",
]

DEPARTMENTS = [
    "Radiology Building C",
    "Dept. of Medical Imaging",
    "Outpatient X-Ray East Wing",
    "Zentrale Radiologie",
    "Service d'imagerie, 3e étage",
    "Breast Clinic Suite 210",
    "Nuclear Medicine Annex",
    "Emergency Imaging",
]

STREETS = [
    "Thornbury Lane",
    "Kastanienallee",
    "rue des Tanneurs",
    "Via Garibaldi",
    "Calle de la Paloma",
    "Prinsengracht",
    "Maple Hollow Drive",
    "Cemetery Ridge Road",
    "Ogunlana Crescent",
    "Nevsky Court",
    "MG Road",
    "Hauptstraße",
    "Peachtree Boulevard",
    "Ulica Kwiatowa",
    "Old Quarry Avenue",
    "Storgatan",
]

TOWNS = [
    ("Ashbourne", "DE6 1GH"),
    ("Wernigerode", "38855"),
    ("Montpellier", "34090"),
    ("Springfield", "62704"),
    ("Alcobendas", "28108"),
    ("Utrecht", "3511 LX"),
    ("Ibadan", "200284"),
    ("Secunderabad", "500003"),
    ("Norrköping", "602 24"),
    ("Wagga Wagga", "2650"),
    ("Saskatoon", "S7K 1J5"),
    ("Zakopane", "34-500"),
    ("Petaluma", "94952"),
    ("Dunedin", "9016"),
]

COUNTRIES = ["GB", "DE", "FRA", "USA", "ES", "NL", "NG", "IND", "SE", "AU", "CA", "PL", "NZ"]

MAIL_DOMAINS = [
    "mailbox.example",
    "postbus.example.org",
    "correo.example.com",
    "clinic-net.example",
    "uni-spital.example.edu",
]

OCCUPATIONS = ["night shift baker", "retired welder", "school teacher", "lorry driver", "farmer"]
RELIGIONS = ["Roman Catholic", "Lutheran", "Sunni", "Hindu", "Quaker", "Shinto"]
REGIONS = ["Lower Bavaria", "Catalonia", "Otago", "Oyo State", "Telangana"]
