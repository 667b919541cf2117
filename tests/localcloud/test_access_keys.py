"""With --enforce-iam: an access key that is not known, or switched off, opens nothing."""

import pytest

from include.localcloud.running import LocalCloud
from tests.support.house import ADMIN, House, key_of
from tests.support.signing import send

FORM = {"Content_Type": "application/x-www-form-urlencoded"}
JSON = {"Content_Type": "application/x-amz-json-1.0"}
PUBLIC_ELSEWHERE = {"X_Amz_Target": "AWSCognitoIdentityService.GetId"}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
NEW_KEY = b"Action=CreateAccessKey&Version=2010-05-08&UserName=local-admin"
REQUESTS = {
    "s3": (("GET", "/", b""), {}),
    "iam": (("POST", "/", NEW_KEY), FORM),
    "sts": (("POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15"), FORM),
    "sqs": (("POST", "/?Action=ListQueues&Version=2012-11-05", b""), {}),
    "medical-imaging": (("GET", "/datastore", b""), {}),
}


@pytest.mark.parametrize("service", REQUESTS)
def test_the_name_of_an_operation_of_another_service_opens_nothing(
    enforcing: LocalCloud, service: str
) -> None:
    call, headers = REQUESTS[service]
    for key in (("AKIANOBODYNOBODY1234", "nothing"), (ADMIN[0], "guessed")):
        status, _ = send(enforcing, service, call, key=key, **headers, **PUBLIC_ELSEWHERE)
        assert 400 <= status < 500


@pytest.mark.parametrize(
    ("service", "code"),
    [
        ("s3", "InvalidAccessKeyId"),
        ("sts", "InvalidClientTokenId"),
        ("sqs", "InvalidClientTokenId"),
        ("medical-imaging", "AccessDeniedException"),
    ],
)
def test_an_inactive_key_opens_nothing(house: House, service: str, code: str) -> None:
    user = house.user(EVERYTHING)
    key = key_of(user)
    call, headers = REQUESTS[service]
    switch = {
        "UserName": user.iam.get_user()["User"]["UserName"],
        "AccessKeyId": key[0],
    }
    for status, answers in (("Inactive", (403,)), ("Active", (200,))):
        house.admin.iam.update_access_key(**switch, Status=status)
        found, body = send(house.cloud, service, call, key=key, **headers)
        assert found in answers
        if found != 200 and service != "medical-imaging":
            assert code in body
