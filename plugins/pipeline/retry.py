"""Which errors are tried again: those that the same call may survive later."""

from __future__ import annotations

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from include.imaging.errors import CustomerError, IntegrityError

RETRY_BY_CLASS = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=CustomerError,
            action=RetryAction.FAIL,
            reason="a person must change the set-up or the input; the message says what",
        ),
        RetryRule(
            exception=IntegrityError,
            action=RetryAction.FAIL,
            reason="a promise of the pipeline is broken; look before anything runs again",
        ),
    ],
    default=RetryAction.DEFAULT,
)
