"""How is the behaviour model made? Sources of flows, their records as the engine makes them, fitting, evaluation."""
