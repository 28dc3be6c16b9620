"""What somebody would do with Google's own client. Arguments: token, version, file's id."""

import json
import sys

from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaInMemoryUpload

token, version, source = sys.argv[1:]
drive = build("drive", version, credentials=Credentials(token))
name = {"v3": "name", "v2": "title"}[version]
create = drive.files().create if version == "v3" else drive.files().insert
said = {}

for kind, text, resumable in (
    ("resumable", b"resumed", True),
    ("multipart", b"hello", False),
):
    media = MediaInMemoryUpload(text, "text/plain", resumable=resumable)
    made = create(body={name: kind}, media_body=media).execute()
    said[kind] = drive.files().get_media(fileId=made["id"]).execute().decode()

batched: dict[str, object] = {}


def collect(number, answer, problem):
    batched[number] = problem.resp.status if problem else answer[name]


batch = drive.new_batch_http_request(collect)
for number in range(3):
    batch.add(drive.files().copy(fileId=source, body={name: f"b{number}"}))
batch.add(drive.files().get(fileId="nothing"))
batch.execute()
said["batched"] = [batched[key] for key in sorted(batched)]

# The client turns so long an address into a POST.
q = "'me' in owners" + " and trashed=false" * 150
said["long query"] = "kind" in drive.files().list(q=q).execute()

ids = (
    drive.files()
    .generateIds(**({"count": 1} if version == "v3" else {"maxResults": 1}))
    .execute()["ids"]
)
body = {"id": ids[0], name: "once"}
drive.files().copy(fileId=source, body=body).execute()
try:
    drive.files().copy(fileId=source, body=body).execute()
except HttpError as problem:
    said["used id"] = problem.resp.status
print(json.dumps(said))
