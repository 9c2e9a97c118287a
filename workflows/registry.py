"""Every workflow type there is: read by the worker and by the replay test alike."""

from workflows.call_follow_up import CallFollowUp
from workflows.delegation_reception import DelegationReception
from workflows.follow_up import FollowUp
from workflows.indicator_collection import IndicatorCollection, IndicatorCollectionOpener
from workflows.membership_review import MembershipReview, MembershipYearOpener, NetworkCensus, NetworkCensusOpener

WORKFLOWS = [
    CallFollowUp,
    DelegationReception,
    FollowUp,
    IndicatorCollection,
    IndicatorCollectionOpener,
    MembershipReview,
    MembershipYearOpener,
    NetworkCensus,
    NetworkCensusOpener,
]
