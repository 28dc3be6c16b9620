"""One copy, asked for once. Arguments: a token, a file's id, a folder's id."""

import json
import sys

from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build

token, source, folder = sys.argv[1:]
drive = build("drive", "v3", credentials=Credentials(token))
# httplib2 sends again only on a connection that it has used before.
drive.files().get(fileId=source).execute(num_retries=0)
body = {"name": "Essay 1", "parents": [folder]}
copied = drive.files().copy(fileId=source, body=body).execute(num_retries=0)
print(json.dumps(copied))
