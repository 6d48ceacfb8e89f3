"""Which forms do other systems read? NDJSON with ECS names, STIX 2.1, a MISP feed, CEF."""
