"""Every workflow type there is: read by the worker and by the replay test alike."""

from workflows.follow_up import FollowUp
from workflows.indicator_collection import IndicatorCollection, IndicatorCollectionOpener

WORKFLOWS = [FollowUp, IndicatorCollection, IndicatorCollectionOpener]
