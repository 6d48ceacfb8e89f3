"""What does an office see in the browser? Leads, lists and the reasons behind them."""
