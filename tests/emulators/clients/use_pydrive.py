"""What somebody would do with PyDrive2. Arguments: a token, a file's id, a folder's id."""

import json
import sys

from oauth2client.client import OAuth2Credentials
from pydrive2.auth import GoogleAuth
from pydrive2.drive import GoogleDrive

TOKEN_URI = "https://oauth2.googleapis.com/token"

token, source, folder = sys.argv[1:]
client = {
    "client_id": "script",
    "client_secret": "s",
    "auth_uri": "https://accounts.google.com/o/oauth2/auth",
    "token_uri": TOKEN_URI,
    "revoke_uri": "https://oauth2.googleapis.com/revoke",
    "redirect_uri": "http://localhost",
}
auth = GoogleAuth(settings={"client_config_backend": "settings", "client_config": client})
auth.credentials = OAuth2Credentials(token, "script", "s", None, None, TOKEN_URI, "tests")
drive = GoogleDrive(auth)
said = {}

original = drive.CreateFile({"id": source})
said["read"] = original.GetContentString()
copied = original.Copy(target_folder=drive.CreateFile({"id": folder}), new_title="copy.png")
said["copied"] = copied["title"]

new = drive.CreateFile({"title": "new.txt", "parents": [{"id": folder}]})
new.SetContentString("new")
new.Upload()
said["uploaded"] = new["fileSize"]
new["title"] = "renamed.txt"
new.Upload()
said["renamed"] = new["title"]
new.SetContentString("newer")
new.Upload()
said["rewritten"] = new["fileSize"]

listed = drive.ListFile({"q": f"'{folder}' in parents and trashed=false"}).GetList()
said["listed"] = sorted(file["title"] for file in listed)
said["roles"] = sorted(one["role"] for one in new.GetPermissions())
new.Trash()
said["trashed"] = new["labels"]["trashed"]
new.UnTrash()
new.Delete()
said["about"] = drive.GetAbout()["name"]
print(json.dumps(said))
