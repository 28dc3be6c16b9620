document.getElementById("arriving").requestSubmit();
