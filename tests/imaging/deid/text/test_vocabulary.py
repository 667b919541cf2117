"""With the vocabulary, words on no list go; clinical text stays as it is in either mode."""

from __future__ import annotations

import pytest

from include.imaging.deid.text import lexicon
from include.imaging.deid.text.cleaner import TextCleaner
from include.imaging.deid.text.data import make_words
from include.imaging.deid.text.identity import identity_of
from include.imaging.deid.text.lexicon import Kind, kind_of

NOBODY = identity_of([])
PATTERNS, VOCABULARY = TextCleaner(vocabulary=False), TextCleaner(vocabulary=True)

WORDS = """retroperitoneal hemicolectomies tendinopathien unterschenkelfraktur
anterosuperomedial sonographically nephroureterectomy lspine chestabd schulterblattfraktur"""
SURNAMES = """kowalczyk lemaire clement harding browning whitehead blackwell delong steinkopf
grosskopf longfield moses ambrose falcao hornung petersen banks thomas hansel"""
CLINICAL = """CT CHEST ABDOMEN PELVIS W CONTRAST
MRI BRAIN W/O & W/ GADOLINIUM
XR C-SPINE COMP MIN 4 VIEWS
US RENAL BILAT WITH DOPPLER
AX T2 FSE FS
SAG T1 FLAIR POST
t2_tse_dark-fluid_tra_p2
ep2d_diff_3scan_trace_p2_ADC
COR STIR LSPINE
CHESTABD 5.0 B31f
MPR cor 3mm soft tissue
LUNG 1.25mm HRCT
PET/CT Skull base to mid-thigh FDG
MAMMO DIAG BILAT TOMO
Localizer
Knochenszintigraphie Ganzkörper
Abdomen nativ und venöse Phase
Scanner thoracique avec injection
TAC craneal sin contraste
MRI hersenen met contrast
67-year-old woman with persistent cough and weight loss, former smoker.
Mild degenerative changes of the lumbar spine at L4-L5 with disc bulge and facet arthropathy.
No evidence of acute intracranial hemorrhage, mass effect or midline shift.
Status post right hemicolectomy for adenocarcinoma; please evaluate for recurrence.
There is a 12 mm spiculated nodule in the right upper lobe, unchanged from the prior study.
Z.n. Hüft-TEP links, Frage nach Lockerung.
Douleurs lombaires depuis 3 mois, recherche de hernie discale.
Dolor lumbar crónico, descartar hernia discal.
Retroperitoneal lymphadenopathy with hepatosplenomegaly
Patient was uncooperative; motion artifact limits evaluation.""".splitlines()


@pytest.mark.parametrize("cleaner", [PATTERNS, VOCABULARY], ids=["patterns", "vocabulary"])
@pytest.mark.parametrize("text", CLINICAL)
def test_clinical_text_stays_as_it_is(cleaner: TextCleaner, text: str) -> None:
    assert cleaner.clean(text, NOBODY) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("CT CHEST ONDRASEK", "CT CHEST"),
        ("CT chest ondrasek", "CT chest"),
        ("ax_t2_ondrasek_384", "ax_t2_384"),
        ("Knee of Kilburn Pavel, painful", "Knee of painful"),
        ("ONDRASEK12 KNEE", "KNEE"),
        ("The scan was repeated as Rose asked.", "The scan was repeated as asked."),
        ("Иванов КТ", ""),
    ],
)
def test_an_unlisted_word_goes_only_with_the_vocabulary(text: str, clean: str) -> None:
    assert PATTERNS.clean(text, NOBODY) == text
    assert VOCABULARY.clean(text, NOBODY) == clean


def test_an_unlisted_small_word_of_a_sentence_stays() -> None:
    text = "The patient was given snorflate before the scan of the knee."
    assert kind_of("snorflate") is None
    assert VOCABULARY.clean(text, NOBODY) == text


def test_two_unlisted_small_words_go_as_first_and_last_name() -> None:
    text = "The patient ondrasek pavel was given contrast before the scan."
    assert VOCABULARY.clean(text, NOBODY) == ("The patient was given contrast before the scan.")


@pytest.mark.parametrize(
    "word",
    WORDS.split(),
)
def test_a_clinical_word_is_known_by_how_it_is_made(word: str) -> None:
    assert kind_of(word) is Kind.CLINICAL


@pytest.mark.parametrize(
    "name",
    SURNAMES.split(),
)
def test_a_surname_is_not_taken_for_a_made_word(name: str) -> None:
    assert kind_of(name) is None


def test_the_words_of_the_standard_are_up_to_date() -> None:
    words = make_words.words()
    assert len(words) > 4000
    assert make_words.STANDARD.read_text(encoding="utf-8") == make_words.page(words)


def test_the_lists_hold_thousands_of_words_and_no_name_left_out() -> None:
    files = sorted(lexicon.DATA.glob("*.txt"))
    assert len(files) > 8
    lines = make_words.LEFT_OUT.read_text(encoding="utf-8").splitlines()
    left_out = {word for line in lines if not line.startswith("#") for word in line.split()}
    assert len(left_out) > 400
    assert not left_out & set(make_words.words())


def test_the_fingerprint_tells_the_modes_apart_and_is_stable() -> None:
    assert PATTERNS.fingerprint != VOCABULARY.fingerprint
    assert TextCleaner(vocabulary=True).fingerprint == VOCABULARY.fingerprint
    assert len(VOCABULARY.fingerprint) == 64
