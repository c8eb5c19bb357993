"""What a person may be told when something cannot be done: one tree, by what the person can do about it.

KairosError           message, hint
├── InvalidInput      what was written is wrong: fix it and try again (also a ValueError)
│   ├── DocumentError     a document, with every problem in it
│   │   ├── CampaignError
│   │   ├── FeatureError
│   │   ├── SegmentError
│   │   └── CatalogueError    where the files of the product catalogue are
│   ├── BookError         a record of the control topic, with the field
│   ├── ExpressionError   an expression, with the column
│   ├── TemplateError     a template, with the line
│   ├── BadInstant        a point in time
│   ├── MappingError      a file of another tracker's names
│   ├── BadFile           files, with every finding: file, line and column
│   ├── BadDecisions      a file that does not hold decisions of this shop
│   ├── BadArms           a record of what a bandit has learned
│   ├── BadSchema         an Avro schema that nothing is decoded with
│   ├── BadProperties     a file of Kafka client properties
│   ├── BadAddress        where brokers are
│   ├── ModelError        a model that cannot be published
│   ├── RegistryError     a registry of models that cannot be used
│   │   └── MlflowRefuses     an MLflow server that answers, and refuses
│   ├── FeedError         a feed of products that cannot be taken
│   ├── BadKeys           the keys of the lake's pseudonyms
│   ├── BadLake           a folder that is no lake
│   ├── BadQuery          SQL that the lake does not answer
│   ├── BadTable          a table that cannot be compared
│   ├── BadGroups         who belongs to which group of customers
│   ├── BadDump           a file that holds no decisions and outcomes
│   ├── NoHoldout         a programme that is compared with nobody
│   ├── NotPlanned        an experiment of which too little is known
│   ├── BadPeriod         the period of a report, in which nothing can be
│   ├── BadRecords        a file that does not hold records of a topic
│   └── ReplayError       history that cannot be sent
├── NotFound          nothing has that name: use another one, or make it first (also a LookupError)
│   ├── NotDecided        a decision or a customer
│   ├── UnknownMetric     a metric of a report
│   ├── SwitchError       something to switch
│   └── HoldError         a campaign that is held
├── NotAllowed        not in this state: the message says from which one it can be done
│   ├── StateError        of a campaign
│   ├── KafkaRefused      the broker does not know this client, or does not allow it to do this
│   ├── StageTaken        another demo runs
│   ├── NotCompatible     a schema that the registry's rules do not let in
│   └── OtherKeyGroups    a savepoint that this version cannot restore
├── Unavailable       something that is needed does not work: start it or install it, then try again
│   ├── KafkaUnavailable
│   ├── TokenUnavailable  where tokens for Kafka are fetched
│   ├── MlflowUnavailable
│   ├── FeedUnavailable   a feed's address does not answer
│   ├── RegistryUnavailable  a schema registry does not answer
│   ├── UnknownToRegistry  the registry does not have it
│   ├── RegistryRefuses   the registry does not take it
│   ├── TopicUnusable
│   ├── ClusterError      Flink
│   │   └── Initializing  … has not started a job's master yet
│   ├── SubmitError       the job was not submitted, or did not start
│   ├── StopError         a deployment was not stopped
│   ├── StackError        a process of the local stack
│   ├── StoreUnavailable  where state is kept
│   ├── LakeError         the lake's files cannot be read or written
│   ├── UpgradeFailed     the job runs as it did before, or the message says what to do
│   │   └── UpgradeInterrupted  somebody ended the upgrade
│   ├── JarError
│   ├── JavaError
│   ├── NoAnswer          the running job does not answer a question
│   ├── BadSnapshot       a file of the product catalogue cannot be had, or not be used
│   ├── BadRecommender    the file of a recommender cannot be had, or not be used
│   ├── ModelRefused      a model's file cannot be had, or not be used
│   └── NoTrees           a model whose answers cannot be divided among its inputs
│       └── TooLargeTrees     … since its trees are too large
├── Unfinished        part of it is done: the message says which part
│   ├── AuditError        a change is in force, but not recorded
│   ├── Incomplete        an export that does not fit into a record
│   └── Interrupted       a replay was ended while it was sending
└── TrainingError     there is no model that may be used
    ├── HistoryError      too little history, or nothing to learn in it
    ├── LeakError         a row knows what came after its decision
    ├── SkewError         logged features are not those of the history
    ├── ParityError       the exported model answers differently
    ├── GateError         the model does not reach what was asked for
    ├── ValidationError   the rows are not what was expected
    └── StoreError        the model's file cannot be stored

The command line catches KairosError in one place, prints message and hint, and exits with 1.
"""


class KairosError(Exception):
    """Something cannot be done. The message says what and where, the hint how to fix it."""

    def __init__(self, message: str = "", hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class InvalidInput(KairosError, ValueError):
    """What was written is wrong: fix it and try again."""


class NotFound(KairosError, LookupError):
    """Nothing has that name: use another one, or make it first."""


class NotAllowed(KairosError):
    """It cannot be done in this state; the message says from which one it can."""


class Unavailable(KairosError):
    """Something that is needed does not work: start it or install it, then try again."""


class Unfinished(KairosError):
    """Part of it is done; the message says which part."""
