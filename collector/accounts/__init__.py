"""Who may do what? Users, offices, roles and API tokens."""
