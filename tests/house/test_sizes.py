"""Files and functions stay small enough to be read at once."""

from pathlib import Path

from tests.support.source_tree import CODE, DATA, EVERYTHING, ROOT, functions, python_files

LINES_OF_A_FILE = 250
LINES_OF_A_DAG = 80
LINES_OF_A_FUNCTION = 40


def _programs(*folders: str) -> list[Path]:
    return [path for path in python_files(*folders) if path.parts[-3:-1] != DATA]


def _lines(path: Path) -> int:
    return len((ROOT / path).read_text(encoding="utf-8").splitlines())


def test_no_file_is_longer_than_250_lines() -> None:
    files = _programs(*EVERYTHING)
    assert len(files) > 40
    assert not {str(path): _lines(path) for path in files if _lines(path) > LINES_OF_A_FILE}


def test_no_dag_file_is_longer_than_80_lines() -> None:
    files = _programs("dags")
    assert files
    assert not {str(path): _lines(path) for path in files if _lines(path) > LINES_OF_A_DAG}


def test_no_function_is_longer_than_40_lines() -> None:
    seen = 0
    long = {}
    for path in _programs(*EVERYTHING):
        for function in functions(path):
            seen += 1
            length = (function.end_lineno or 0) - function.lineno + 1
            if length > LINES_OF_A_FUNCTION:
                long[f"{path}:{function.lineno} {function.name}"] = length
    assert seen > 200
    assert not long


def test_half_of_the_functions_have_at_most_12_lines() -> None:
    lengths = sorted(
        (function.end_lineno or 0) - function.lineno + 1
        for path in _programs(*CODE)
        for function in functions(path)
    )
    assert len(lengths) > 200
    assert lengths[len(lengths) // 2] <= 12
