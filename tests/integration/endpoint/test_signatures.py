#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signatures that are verified: right ones pass, wrong ones get the service's words."""

import datetime
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))
from local import ANY_SIGNATURE, TARGET, Local, Signer  # noqa: E402
from runner import run_tests  # noqa: E402

BODY = b'{"Limit":5}'
MISMATCH = "The request signature we calculated does not match the signature you provided."


class Verified(Local):
    def __init__(self, program, *arguments):
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "credentials")
        with open(path, "w", encoding="utf-8") as file:
            file.write("# two people\n[default]\naws_access_key_id = KEY\naws_secret_access_key=SECRET\n\n"
                       "[other]\nregion = x\naws_access_key_id=OTHER\naws_secret_access_key=SECRET/2\n")
        super().__init__(program, "--credentials", path, *arguments)

    def signed(self, signer, body=BODY, operation="ListTables", **changes):
        return self.post(operation, body, **{**signer.headers("ListTables", BODY), **changes})


def right_signatures_pass(program):
    with Verified(program) as local:
        for signer in (Signer(local.port), Signer(local.port, "OTHER", "SECRET/2", "us-west-2")):
            answer = local.signed(signer)
            assert (answer.status, answer.json()) == (200, {"TableNames": []}), answer.body
            answer = local.request("POST", "/?" + signer.query(BODY), {
                "Host": signer.host, "Content-Type": "application/json", "X-Amz-Target": TARGET + "ListTables"}, BODY)
            assert answer.status == 200, answer.body
        assert local.stop() == 0


def whatever_is_changed_is_noticed(program):
    with Verified(program) as local:
        signer = Signer(local.port)
        for answer in (local.signed(signer, body=b'{"Limit":6}'), local.signed(signer, operation="DeleteTable"),
                       local.signed(signer, Host="other:1"), local.signed(Signer(local.port, secret="WRONG")),
                       local.signed(Signer(local.port, key="OTHER"))):
            name, text = answer.error()
            assert (answer.status, name) == (400, "InvalidSignatureException"), answer.body
            assert text.startswith(MISMATCH) and "SECRET" not in text, text
        answer = local.request("POST", "/?" + signer.query(BODY)[:-1] + "g", {
            "Host": signer.host, "Content-Type": "application/json", "X-Amz-Target": TARGET + "ListTables"}, BODY)
        assert answer.error()[0] == "InvalidSignatureException"


def scope_and_time_are_checked(program):
    with Verified(program) as local:
        def said(**changes):
            signer = Signer(local.port)
            for name, value in changes.items():
                setattr(signer, name, value)
            return local.signed(signer).error()

        now = datetime.datetime.now(datetime.timezone.utc)
        name, text = said(time=now - datetime.timedelta(minutes=16))
        assert name == "InvalidSignatureException" and text.startswith("Signature expired: "), text
        assert " is now earlier than " in text and text.endswith(" - 15 min.)"), text
        name, text = said(time=now + datetime.timedelta(minutes=16))
        assert text.startswith("Signature not yet current: ") and text.endswith(" + 15 min.)"), text
        assert said(key="NOBODY") == ("UnrecognizedClientException", "The security token included in the request is invalid.")
        assert said(service="s3") == ("InvalidSignatureException",
                                      "Credential should be scoped to correct service: 'dynamodb'. ")
        name, text = said(scope_date="20110101")
        assert "Date in Credential scope does not match YYYYMMDD" in text, text
        assert said(names=["x-amz-date"]) == ("InvalidSignatureException",
                                              "'Host' must be a 'SignedHeader' in the AWS Authorization.")
        name, text = local.post("ListTables", {}, X_Amz_Date="yesterday").error()
        assert (name, text[:50]) == ("IncompleteSignatureException", "Date must be in ISO-8601 'basic format'. Got 'yest"), text
        name, text = local.post("ListTables", {}, Authorization=ANY_SIGNATURE.replace("SHA256", "SHA1")).error()
        assert text.startswith("Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'"), text
        name, text = local.post("ListTables", {}, X_Amz_Date=now.strftime("%Y%m%dT%H%M%SZ"),
                                Authorization=ANY_SIGNATURE.replace("/aws4_request", "")).error()
        assert text.startswith("Credential must have exactly 5 slash-delimited elements"), text


def secrets_are_never_logged(program):
    with Verified(program, "--verbose") as local:
        local.signed(Signer(local.port))
        local.signed(Signer(local.port, secret="WRONG"))
        status, out, _ = local.command("logs")
        assert status == 0 and out.count(" ListTables ") == 2 and "InvalidSignatureException" in out, out
        for secret in ("SECRET", "WRONG", "Signature=", "Credential="):
            assert secret not in out, out


def credential_files_are_read_with_care(program):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "credentials")
        for text, complaint in (("", "has no aws_access_key_id"), ("nonsense", ":1: neither [profile] nor name = value"),
                                ("[a]\naws_access_key_id=x\n[b]\n", ":3: the profile that ends here has no aws_secret"),
                                ("[a]\naws_secret_access_key=x\n", "has no aws_access_key_id")):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            try:
                with Local(program, "--credentials", path):
                    raise RuntimeError(f"it started with {text!r}")
            except AssertionError as problem:
                assert complaint in str(problem), problem
        try:
            with Local(program, "--credentials", os.path.join(folder, "nowhere")):
                raise RuntimeError("it started without its credentials")
        except AssertionError as problem:
            assert "cannot read" in str(problem), problem


def presigned_requests_end(program):
    with Verified(program) as local:
        def said(age=0, operation="ListTables", **changes):
            signer = Signer(local.port)
            signer.time -= datetime.timedelta(seconds=age)
            answer = local.request("POST", "/?" + signer.query(BODY, **changes), {
                "Host": signer.host, "Content-Type": "application/json", "X-Amz-Target": TARGET + operation}, BODY)
            return answer.status if answer.status == 200 else answer.error()

        assert said() == 200 and said(age=1800, expires="3600") == 200
        assert said(age=5, expires="1")[1] == "Signature expired: X-Amz-Expires has passed"
        for expires in ("0", "-5", "604801", "soon", "99999999999999999999"):
            assert said(expires=expires)[0] == "IncompleteSignatureException", expires
        assert said(operation="DeleteTable")[1].startswith(MISMATCH)
        assert said(names="host") == ("InvalidSignatureException",
                                      "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.")


TESTS = [right_signatures_pass, presigned_requests_end, whatever_is_changed_is_noticed, scope_and_time_are_checked, secrets_are_never_logged,
         credential_files_are_read_with_care]

if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[1], TESTS))
