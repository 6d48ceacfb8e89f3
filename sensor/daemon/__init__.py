"""The sensor as a daemon: worker processes that read sources, and the process that watches over them and delivers."""
