"""What ships in the job's zip next to its code, read at once.

After a failover in the same JVM the interpreter lives on, but Flink has deleted the zip that its modules came from. What had not been read by
then could never be read: every first order after it would be refused, and who has bought would be reminded of the cart.
"""

from udfs.codecs.avro import event_schemas
from udfs.codecs.catalogue import catalogue
from udfs.codecs.mappings import senders


def read_shipped() -> None:
    """Read schemas, catalogue and mappings, which are kept from then on."""
    event_schemas()
    catalogue()
    senders()
