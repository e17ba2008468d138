"""Heavy work as pure functions of (base, inputs, config), and the engines that run them somewhere."""

from voicehub.engines.local import LocalEngine
from voicehub.engines.work import Engine, Made, Order

__all__ = ["Engine", "LocalEngine", "Made", "Order"]
