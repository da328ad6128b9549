"""What strongSwan's IKE daemon writes into its log, as values."""
