"""Operations on custom key stores, and keys in them."""

from support.xks import Proxy


def stores(aws):
    """An external key store: made, connected, used, changed, emptied of nothing, and deleted."""
    proxy = Proxy()
    try:
        made = aws.call("kms:CreateCustomKeyStore", **proxy.store("mine"))["CustomKeyStoreId"]
        store = {"CustomKeyStoreId": made}
        aws.call("kms:UpdateCustomKeyStore", NewCustomKeyStoreName="ours", **store)
        aws.call("kms:ConnectCustomKeyStore", **store)
        shown = aws.call("kms:DescribeCustomKeyStores")["CustomKeyStores"][0]
        assert (shown["CustomKeyStoreName"], shown["ConnectionState"]) == ("ours", "CONNECTED")
        aws.call("kms:DisconnectCustomKeyStore", **store)
        aws.call("kms:DeleteCustomKeyStore", **store)
        assert aws.call("kms:DescribeCustomKeyStores")["CustomKeyStores"] == []
    finally:
        proxy.close()


AREAS = [stores]
