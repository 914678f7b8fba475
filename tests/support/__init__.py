"""What the tests share: servers, accounts and their people, refusals in AWS's words, signatures by hand."""
