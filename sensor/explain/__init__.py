"""Why is a flow called mining? Its messages, the verdict's rules, the estimate's sums, and a second opinion."""
