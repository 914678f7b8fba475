"""Requests by hand, for what no well-behaved client sends."""

import datetime
import http.client
import urllib.parse
import xml.etree.ElementTree as ElementTree

import botocore.auth
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

FORM = "application/x-www-form-urlencoded; charset=utf-8"
STAMP = "%Y%m%dT%H%M%SZ"


def form(action, **parameters):
    """The body of an awsQuery request."""
    version = {"GetCallerIdentity": "2011-06-15"}.get(action, "2010-05-08")
    return urllib.parse.urlencode({"Action": action, "Version": version} | parameters)


def signed(endpoint, keys, body, service="iam", region="us-east-1", shift=0, method="POST", headers=None, monkey=None):
    """A signed request: (method, path, headers, body). `shift`: seconds that the signer's clock is off."""
    request = AWSRequest(method, endpoint + "/", data=body, headers={"Content-Type": FORM} | (headers or {}))
    signer = SigV4Auth(Credentials(keys.id, keys.secret, keys.token), service, region)
    at(signer, request, shift, monkey)
    headers = dict(request.prepare().headers.items())
    # Whoever sends the request counts anew: the body may be another by then.
    headers.pop("Content-Length", None)
    return method, "/", headers, body


def presigned(endpoint, keys, query, service="iam", region="us-east-1", expires=60, shift=0, monkey=None):
    """A presigned GET: its path with the query. `query`: the awsQuery parameters as text."""
    request = AWSRequest("GET", f"{endpoint}/?{query}")
    signer = SigV4QueryAuth(Credentials(keys.id, keys.secret, keys.token), service, region, expires=expires)
    at(signer, request, shift, monkey)
    return request.url[len(endpoint) :]


def at(signer, request, shift, monkey):
    """Signs, with a clock that is `shift` seconds off. `monkey`: pytest's monkeypatch, where it is off at all."""
    if not shift:
        signer.add_auth(request)
        return
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=shift)
    with monkey.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda remove_tzinfo=True: now.replace(tzinfo=None))
        signer.add_auth(request)


def send(endpoint, method, path, headers=None, body=None):
    """Sends a request. Gives (status, headers, body)."""
    address = urllib.parse.urlsplit(endpoint)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read().decode()
    finally:
        connection.close()


def error(answer):
    """(status, code, message) of an XML error."""
    status, _, body = answer
    root = ElementTree.fromstring(body)
    found = {element.tag.split("}")[-1]: element.text for element in root.iter()}
    return status, found.get("Code"), found.get("Message")
