"""The API's accent: envelope, tolerant bodies, errors, its document. No app imports it; settings plug it in."""
