"""Recognises clinical words that no list holds by how they are made."""

from __future__ import annotations

LONGEST_WORD = 48
_SHORTEST = 7
_LONGEST_ACRONYM = 4
_VOWELS = frozenset("aeiouy")
_SHORTEST_PIECE = 4
# Endings of Greek and Latin medicine and of abstract nouns: names do not end so.
_ENDINGS = (
    "itis itides ectomy ectomies ektomie otomy otomies ostomy ography ographic ographically ogram ograms ogramm"
    " ografia ografie ographie oscopy oscopic oscopie plasty plasties plastie pathy pathic pathies pathie"
    " emia amia mias uria megaly megalie algia trophy trophic plasia plastic penia penic rrhage rrhagic rrhea"
    " lithiasis sclerosis stenosis thrombosis ptosis physis lysis desis nesis genesis genic genous cytosis"
    " oses osis blastoma sarcoma carcinoma adenoma angioma lymphoma myeloma melanoma lipoma fibroma omata omas"
    " therapy therapies therapie pexy metry metric ology ological ologic ologist ologists iform cele"
    " icular ication ications ization isation izations ization ation ations ition itions ction ctions sion sions"
    " ibility ability ousness fulness lessness iveness ency encies ously ically ively ably ibly"
    " fully lessly mentally ational ular ulatory atory itory ically aceous iferous escent escence"
    " terious izing ising ized ised izes ises ifying ified ifies"
    " ierung ierungen ierte ierten ierter iert heit keit keiten ischen isches schaft tionen"
    " euse euses ción ciones zione zioni"
    " pril sartan statin mab tinib cillin cycline mycin oxacin azole olol prazole parin"
).split()
_ENDINGS_FOLDED = tuple(
    sorted({ending.translate(str.maketrans("éóçõã", "eocoa")) for ending in _ENDINGS})
)
# Beginnings that join a clinical word.
_PREFIXES = (
    "acro adeno angio ante antero anti arterio arthro atlanto auto bi bili bio blasto brachio broncho"
    " calcaneo cardio carpo caudo cephalo cerebro cervico cheilo chol cholangio cholecysto choledocho chondro"
    " cleido colo costo coxo cranio cryo crypto cysto cyto dacryo dacryocysto dactylo dento dermato dis"
    " dorso duodeno dys echo ecto electro encephalo endo entero epi esophago oesophago eu extra facio femoro"
    " fibro fluoro fronto gastro genito gingivo glosso gluco glyco hemi hemo haemo hemato hepato hetero histo"
    " homo hydro hyper hypo hystero ileo ilio immuno infero infra inter intra ischio iso jejuno juxta"
    " kerato laryngo latero leuko lipo lith lumbo lympho macro mal mammo mandibulo maxillo medio mega meningo"
    " meso meta micro mid mono multi musculo myco myelo myo myx naso neo nephro neuro non normo occipito"
    " oculo odonto oligo omo onco oophoro ophthalmo orbito oro osteo oto over palato pan pancreatico para"
    " patello pelvi per peri phlebo pleuro pneumo poly post postero pre pro procto prostato pseudo psycho"
    " pulmo pyelo pyo quadri radio radiculo re recto reno retro rhino sacro salpingo sarco scapho scapulo"
    " semi sero sialo sino somato spheno spino spleno spondylo sterno stomato stylo sub super supero supra"
    " syn talo tarso temporo tendo teno thermo thoraco thrombo thyro tibio tonsillo tracheo trans tri typhlo"
    " ultra umbilico un under uni uretero urethro uro utero utriculo vaso veno ventriculo ventro vertebro"
    " vesico video viscero xantho zygomatico"
).split()
_PREFIX_SET = frozenset(
    prefix.replace("ae", "a").replace("oe", "o").replace("ue", "u") for prefix in _PREFIXES
)
_LONGEST_PREFIX = max(map(len, _PREFIX_SET))
# Short pieces of running descriptions, one of them a word: CHESTABD, LSPINE, NECKCTA.
_SHORT_PIECES = frozenset(
    "abd pel cap hip arm leg cor sag ax tra rib jaw ear eye fat cta mra mri ct mr wo w c t l s iv pre post"
    " con gad km hr hd rt lt lat obl".split()
)
_LINKS = ("", "s", "n", "en", "es", "o", "i")


def is_acronym(word: str) -> bool:
    """Whether a short word has no vowel, as acronyms and no names have (QRS, RGB, TSH)."""
    return 2 <= len(word) <= _LONGEST_ACRONYM and word.isascii() and not _VOWELS & set(word)


def is_formed(word: str, pieces: frozenset[str]) -> bool:
    """Whether a folded word has a medical ending, a medical prefix, or is a compound of `pieces`."""
    if len(word) > LONGEST_WORD or not word.isascii():
        return False
    if len(word) >= _SHORTEST and word.endswith(_ENDINGS_FOLDED):
        return True
    return _has_prefix(word, pieces) or _is_compound(word, pieces)


def _has_prefix(word: str, pieces: frozenset[str]) -> bool:
    """Whether clinical pieces follow one or two prefixes: retro-peritoneal, antero-supero-medial."""
    rests = [word]
    for _ in range(3):
        rests = [
            rest[size:]
            for rest in rests
            for size in range(2, min(_LONGEST_PREFIX, len(rest) - _SHORTEST_PIECE) + 1)
            if rest[:size] in _PREFIX_SET
        ]
        if any(rest in pieces or rest.removesuffix("s") in pieces for rest in rests):
            return True
    return False


def _is_compound(word: str, pieces: frozenset[str]) -> bool:
    """Whether two or three pieces make the word, German links between them; one may be short."""
    for size in range(1, len(word) - 1):
        head, rest = word[:size], word[size:]
        if head in pieces and size >= _SHORTEST_PIECE:
            if _rest_is_made(rest, pieces):
                return True
        elif head in _SHORT_PIECES and len(rest) >= _SHORTEST_PIECE and rest in pieces:
            return True
    return False


def _rest_is_made(rest: str, pieces: frozenset[str]) -> bool:
    if rest in _SHORT_PIECES and len(rest) > 1:
        return True
    for link in _LINKS:
        if not rest.startswith(link):
            continue
        tail = rest[len(link) :]
        if len(tail) >= _SHORTEST_PIECE and (tail in pieces or _is_pair(tail, pieces)):
            return True
    return False


def _is_pair(word: str, pieces: frozenset[str]) -> bool:
    return any(
        word[:size] in pieces and word[size:] in pieces
        for size in range(_SHORTEST_PIECE, len(word) - _SHORTEST_PIECE + 1)
    )
