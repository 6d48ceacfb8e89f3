"""Where packets come from: capture files and, on Linux, interfaces."""
