"""The boundary around every step: codes leave it, and nothing else."""

import errno
import logging
import pickle
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from include.imaging.errors import CustomerError, ImagingError, IntegrityError, TransientError
from include.imaging.model import Stage
from include.imaging.steps.boundary import guarded
from include.imaging.steps.silence import LIBRARIES, Silence

CANARY = "CANARY^JANE"


def refused(code: str, status: int = 400, operation: str = "PutObject") -> ClientError:
    answer = {
        "Error": {"Code": code, "Message": CANARY},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, operation)  # type: ignore[arg-type]


def raised(error: Exception) -> ImagingError:
    @guarded(Stage.STAGE)
    def step() -> None:
        secret = CANARY
        try:
            raise KeyError(secret)
        except KeyError as cause:
            raise error from cause

    with pytest.raises(ImagingError) as caught:
        step()
    return caught.value


def test_a_result_passes() -> None:
    @guarded(Stage.STAGE)
    def step(number: int, *, more: int) -> int:
        return number + more

    assert step(1, more=2) == 3
    assert step.__name__ == "step"


def test_our_own_error_passes_without_what_hangs_on_it() -> None:
    error = TransientError("AWAY", "try again")
    assert raised(error) is error


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (refused("AccessDenied", 403), CustomerError, "AWS_ACCESS_DENIED"),
        (refused("403", 403, "HeadObject"), CustomerError, "AWS_ACCESS_DENIED"),
        (refused("NoSuchBucket", 404), CustomerError, "AWS_NOT_FOUND"),
        (refused("ResourceNotFoundException", 404), CustomerError, "AWS_NOT_FOUND"),
        (refused("ValidationException"), CustomerError, "AWS_REFUSED"),
        (refused("ExpiredToken"), CustomerError, "AWS_CREDENTIALS"),
        (refused("ThrottlingException", 429), TransientError, "AWS_BUSY"),
        (refused("ServiceQuotaExceededException", 402), TransientError, "AWS_BUSY"),
        (refused("SlowDown", 503), TransientError, "AWS_BUSY"),
        (refused("Whatever", 500), TransientError, "AWS_BUSY"),
        (refused(CANARY), CustomerError, "AWS_REFUSED"),
        (EndpointConnectionError(endpoint_url=CANARY), TransientError, "AWS_UNREACHABLE"),
        (NoCredentialsError(), CustomerError, "AWS_CREDENTIALS"),
        (ConnectionResetError(CANARY), TransientError, "UNREACHABLE"),
        (TimeoutError(CANARY), TransientError, "UNREACHABLE"),
        (OSError(errno.ENOSPC, CANARY, CANARY), CustomerError, "DISK_FULL"),
        (FileNotFoundError(errno.ENOENT, CANARY, CANARY), IntegrityError, "UNEXPECTED_"),
        (OperationalError(CANARY, {}, Exception(CANARY)), TransientError, "CATALOG_BUSY"),
        (ValueError(CANARY), IntegrityError, "UNEXPECTED_VALUEERROR"),
        (RecursionError(CANARY), IntegrityError, "UNEXPECTED_RECURSIONERROR"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_an_error_of_a_library_becomes_a_code(
    error: Exception, kind: type[ImagingError], code: str
) -> None:
    found = raised(error)
    assert type(found) is kind
    assert found.code.startswith(code)
    assert CANARY not in f"{found} {found!r} {found.args} {vars(found)}"
    assert pickle.loads(pickle.dumps(found)).text == found.text


def test_a_refusal_of_aws_names_operation_and_code() -> None:
    found = raised(refused("AccessDenied", 403, "StartDICOMImportJob"))
    assert "StartDICOMImportJob was answered with AccessDenied: allow it" in found.text


def test_nothing_hangs_on_what_leaves() -> None:
    for error in (ValueError(CANARY), CustomerError("X", "y"), refused("NoSuchKey", 404)):
        found = raised(error)
        assert found.__cause__ is None
        assert found.__context__ is None
        frames = []
        traceback = found.__traceback__
        while traceback:
            frames.append(traceback.tb_frame)
            traceback = traceback.tb_next
        assert frames
        assert all(CANARY not in repr(frame.f_locals.get("secret")) for frame in frames)


def test_an_unknown_error_names_the_place_in_our_own_code() -> None:
    @guarded(Stage.STAGE)
    def step() -> None:
        from include.imaging.keys import decode_run_id

        decode_run_id(None)  # type: ignore[arg-type]

    with pytest.raises(IntegrityError, match=r"TypeError at include\.imaging\.keys:\d+ in stage"):
        step()


def test_a_catalog_without_tables_says_what_to_do(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'catalog.db'}")

    @guarded(Stage.BALANCE)
    def step() -> None:
        with engine.connect() as connection:
            connection.execute(text("SELECT * FROM items"))

    with pytest.raises(CustomerError, match=r"CATALOG_NOT_MIGRATED.*migrations"):
        step()
    engine.dispose()


def test_interrupts_are_not_held_up() -> None:
    @guarded(Stage.STAGE)
    def step() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        step()


def noisy() -> None:
    warnings.warn(CANARY, UserWarning, stacklevel=1)
    for name in LIBRARIES:
        logging.getLogger(name).error(CANARY)
        logging.getLogger(f"{name}.below").error(CANARY)
    dataset = pydicom.Dataset()
    dataset.PatientBirthDate = CANARY  # pydicom warns and quotes


def test_libraries_warn_and_log_to_nobody(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    guarded(Stage.STAGE)(noisy)()
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_the_silence_ends_with_the_last_step(caplog: pytest.LogCaptureFixture) -> None:
    with Silence():
        guarded(Stage.STAGE)(noisy)()
        noisy()
    assert caplog.records == []
    logging.getLogger("fsspec").error("heard")
    assert caplog.messages == ["heard"]
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", UserWarning, stacklevel=1)


def test_steps_in_threads_end_in_any_order(caplog: pytest.LogCaptureFixture) -> None:
    first_in, first_out = threading.Event(), threading.Event()

    def run(step: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=guarded(Stage.STAGE)(step))
        thread.start()
        return thread

    def first() -> None:
        first_in.set()
        assert first_out.wait(60)

    one = run(first)
    assert first_in.wait(60)
    other_in, other_out = threading.Event(), threading.Event()

    def second() -> None:
        other_in.set()
        assert other_out.wait(60)
        noisy()

    two = run(second)
    assert other_in.wait(60)
    first_out.set()
    one.join()
    other_out.set()
    two.join()
    assert caplog.records == []
    logging.getLogger("pydicom").error("heard")
    assert caplog.messages == ["heard"]
