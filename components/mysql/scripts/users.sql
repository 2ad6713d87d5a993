-- User and database of the application, brought to today's state at every start. @password comes before.

create database if not exists app character set utf8mb4;
create user if not exists 'app'@'%';
-- The password is letters and digits. Statements that hold it are logged nowhere: in the binary log it is a hash.
set @statement = concat("alter user 'app'@'%' identified by '", @password, "' account unlock");
prepare statement from @statement;
execute statement;
deallocate prepare statement;
revoke all privileges, grant option from 'app'@'%';
grant all on app.* to 'app'@'%';
