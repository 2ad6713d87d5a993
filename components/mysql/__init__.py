"""A MySQL store."""

from components.mysql.args import MysqlArgs
from components.mysql.component import Mysql

__all__ = ["Mysql", "MysqlArgs"]
