"""A service account in a teacher's name. Arguments: its key file, the teacher's address."""

import sys

from google.oauth2 import service_account
from googleapiclient.discovery import build

key_file, teacher = sys.argv[1:]
credentials = service_account.Credentials.from_service_account_file(
    key_file, scopes=["https://www.googleapis.com/auth/drive"], subject=teacher
)
about = build("drive", "v3", credentials=credentials).about().get(fields="user").execute()
print(about["user"]["emailAddress"])
