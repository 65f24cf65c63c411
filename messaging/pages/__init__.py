"""What people meet who follow a message: redirects, pixels, and the pages on which they say what they want."""
