-- A store of schema version 4, as that version wrote it. Test data: never edited.
PRAGMA application_id = 2004382837;
PRAGMA user_version = 4;
BEGIN TRANSACTION;
CREATE TABLE contact (
        id INTEGER PRIMARY KEY,
        login_id INTEGER NOT NULL REFERENCES login(id),
        user_name TEXT NOT NULL,
        kind TEXT NOT NULL,
        gone INTEGER NOT NULL DEFAULT 0,
        data TEXT NOT NULL,
        UNIQUE (login_id, user_name)
    );
INSERT INTO "contact" VALUES(1,1,'@me0','self',0,'{"user_name":"@me0","nick_name":"我","remark_name":"","kind":"self","flags":0,"muted":false,"pinyin":[],"members":[],"member_count":0,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(2,1,'@old','person',0,'{"user_name":"@old","nick_name":"老朋友","remark_name":"","kind":"person","flags":0,"muted":false,"pinyin":[],"members":[],"member_count":0,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(3,1,'filehelper','special',0,'{"user_name":"filehelper","nick_name":"文件传输助手","remark_name":"","kind":"special","flags":0,"muted":false,"pinyin":[],"members":[],"member_count":0,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(4,2,'@me','self',0,'{"user_name":"@me","nick_name":"我","remark_name":"","kind":"self","flags":0,"muted":false,"pinyin":[],"members":[],"member_count":0,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(5,2,'@ann','person',0,'{"user_name":"@ann","nick_name":"Ann","remark_name":"","kind":"person","flags":0,"muted":false,"pinyin":["ann"],"members":[],"member_count":0,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(6,2,'@ben','person',1,'{"user_name":"@ben","nick_name":"Ben","remark_name":"老本","kind":"person","flags":0,"muted":false,"pinyin":[],"members":[],"member_count":0,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(7,2,'@@team','group',0,'{"user_name":"@@team","nick_name":"项目群","remark_name":"","kind":"group","flags":0,"muted":false,"pinyin":[],"members":[{"user_name":"@ann","nick_name":"","display_name":"","remark_name":"","attr_status":""},{"user_name":"@ben","nick_name":"","display_name":"","remark_name":"","attr_status":""}],"member_count":2,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(8,2,'filehelper','special',0,'{"user_name":"filehelper","nick_name":"文件传输助手","remark_name":"","kind":"special","flags":0,"muted":false,"pinyin":[],"members":[],"member_count":0,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":""}');
CREATE TABLE conversation (
        id INTEGER PRIMARY KEY,
        uin TEXT NOT NULL,
        special TEXT NOT NULL DEFAULT '',
        login_id INTEGER NOT NULL REFERENCES login(id),
        user_name TEXT NOT NULL,
        title TEXT NOT NULL DEFAULT '',
        kind TEXT NOT NULL,
        muted INTEGER NOT NULL DEFAULT 0,
        pinned INTEGER NOT NULL DEFAULT 0,
        unread INTEGER NOT NULL DEFAULT 0,
        draft TEXT NOT NULL DEFAULT '',
        last_ms INTEGER NOT NULL DEFAULT 0,
        last_message_id INTEGER
    , hushed INTEGER NOT NULL DEFAULT 0);
INSERT INTO "conversation" VALUES(1,'210000000','',1,'@old','老朋友','person',0,0,1,'',1714557600000,1,0);
INSERT INTO "conversation" VALUES(2,'210000000','filehelper',2,'filehelper','文件传输助手','special',0,0,1,'',1714557605000,2,0);
INSERT INTO "conversation" VALUES(3,'210000000','',2,'@ann','Ann','person',0,0,4,'半句话',1714561605000,8,1);
INSERT INTO "conversation" VALUES(4,'210000000','',2,'@@team','项目群','group',0,0,1,'',1714561602000,5,0);
INSERT INTO "conversation" VALUES(5,'210000000','',2,'@ben','老本','person',0,0,0,'',1714561200000,14,0);
CREATE TABLE doubt (
        login_id INTEGER NOT NULL REFERENCES login(id),
        user_name TEXT NOT NULL,
        conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
        PRIMARY KEY (login_id, user_name, conversation_id)
    ) WITHOUT ROWID;
INSERT INTO "doubt" VALUES(2,'@@team',1);
CREATE TABLE gap (
        id INTEGER PRIMARY KEY,
        uin TEXT NOT NULL,
        since_ms INTEGER NOT NULL,
        until_ms INTEGER NOT NULL,
        after_id INTEGER NOT NULL
    );
INSERT INTO "gap" VALUES(1,'210000000',1714554000500,1714557600500,1);
CREATE TABLE login (
        id INTEGER PRIMARY KEY,
        uin TEXT NOT NULL,
        user_name TEXT NOT NULL,
        started_ms INTEGER NOT NULL,
        contacts_refreshed_ms INTEGER,
        keys TEXT NOT NULL
    , synced_ms INTEGER, files INTEGER NOT NULL DEFAULT 0);
INSERT INTO "login" VALUES(1,'210000000','@me0',1714557600500,NULL,'{"sync":{"pairs":[[1,1],[2,7]]},"check":{"pairs":[[1,2]]}}',1714557660500,0);
INSERT INTO "login" VALUES(2,'210000000','@me',1714561200500,1714561200500,'{"sync":{"pairs":[[1,9],[2,7]]},"check":{"pairs":[[1,10]]}}',1714561260500,3);
CREATE TABLE memory (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "memory" VALUES('place','{"conversation":1}');
INSERT INTO "memory" VALUES('safety.checked_ms','1796000400000');
CREATE TABLE message (
        id INTEGER PRIMARY KEY,
        conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
        login_id INTEGER NOT NULL REFERENCES login(id),
        time_ms INTEGER NOT NULL,
        mine INTEGER NOT NULL,
        sender TEXT NOT NULL,
        state TEXT NOT NULL,
        msg_id TEXT,
        client_msg_id TEXT NOT NULL DEFAULT '',
        to_user_name TEXT NOT NULL DEFAULT '',
        media_id TEXT NOT NULL DEFAULT '',
        sent_ms INTEGER,
        reason TEXT NOT NULL DEFAULT '',
        recalls TEXT,
        body TEXT NOT NULL,
        content TEXT NOT NULL DEFAULT ''
    , queued INTEGER NOT NULL DEFAULT 0);
INSERT INTO "message" VALUES(1,1,1,1714557600000,0,'@old','received','100','','','',NULL,'',NULL,'{"type":"Text","text":"上次登录的消息"}','',0);
INSERT INTO "message" VALUES(2,2,1,1714557605000,0,'filehelper','received','101','','','',NULL,'',NULL,'{"type":"Text","text":"给文件传输助手"}','',0);
INSERT INTO "message" VALUES(3,3,2,1714561600000,0,'@ann','received','1','','','',NULL,'',NULL,'{"type":"Text","text":"你好 \"quoted\" it''s"}','',0);
INSERT INTO "message" VALUES(4,3,2,1714561601000,0,'@ann','received','2','','','',NULL,'',NULL,'{"type":"Image","width":3,"height":4}','<msg><img/></msg>',0);
INSERT INTO "message" VALUES(5,4,2,1714561602000,0,'@@team','received','3','','','',NULL,'',NULL,'{"type":"File","name":"季度报告.xlsx","size":12345,"media_id":"@media","encry_file_name":"enc"}','',0);
INSERT INTO "message" VALUES(6,3,2,1714561603000,0,'@ann','received','4','','','',NULL,'',NULL,'{"type":"Link","title":"How to sleep","url":"https://example.com/s?x=1","description":"zzz","app_type":5}','',0);
INSERT INTO "message" VALUES(7,3,2,1714561604000,0,'@ann','recalled','5','','','',NULL,'',NULL,'{"type":"Text","text":"会被撤回"}','',0);
INSERT INTO "message" VALUES(8,3,2,1714561605000,0,'@ann','received','6','','','',NULL,'','5','{"type":"Revoke","msg_id":"5","notice":"“Ann” 撤回了一条消息"}','',0);
INSERT INTO "message" VALUES(9,3,2,1714561200000,1,'@me','sent','900','17145','@ann','',1714561200500,'',NULL,'{"type":"Text","text":"发出去的"}','',0);
INSERT INTO "message" VALUES(10,3,2,1714561200000,1,'@me','pending',NULL,'c1','@ann','',NULL,'',NULL,'{"type":"Text","text":"待发"}','',0);
INSERT INTO "message" VALUES(11,3,2,1714561200000,1,'@me','sending',NULL,'c2','@ann','',NULL,'',NULL,'{"type":"Text","text":"在发"}','',0);
INSERT INTO "message" VALUES(12,3,2,1714561200000,1,'@me','unknown',NULL,'17145','@ann','',NULL,'the connection broke',NULL,'{"type":"Text","text":"不知道"}','',0);
INSERT INTO "message" VALUES(13,3,2,1714561200000,1,'@me','failed',NULL,'c3','@ann','',NULL,'too fast (1205)',NULL,'{"type":"Text","text":"失败"}','',0);
INSERT INTO "message" VALUES(14,5,2,1714561200000,1,'@me','revoked','902','17145','@ben','',1714561200500,'',NULL,'{"type":"Text","text":"revoked"}','',0);
CREATE TABLE peer (
        login_id INTEGER NOT NULL REFERENCES login(id),
        user_name TEXT NOT NULL,
        conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
        PRIMARY KEY (login_id, user_name)
    ) WITHOUT ROWID;
INSERT INTO "peer" VALUES(1,'@old',1);
INSERT INTO "peer" VALUES(1,'filehelper',2);
INSERT INTO "peer" VALUES(2,'filehelper',2);
INSERT INTO "peer" VALUES(2,'@ann',3);
INSERT INTO "peer" VALUES(2,'@@team',4);
INSERT INTO "peer" VALUES(2,'@ben',5);
CREATE TABLE upload (
        message_id INTEGER PRIMARY KEY REFERENCES message(id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        paused INTEGER NOT NULL DEFAULT 0,
        md5 TEXT NOT NULL DEFAULT '',
        login_id INTEGER REFERENCES login(id),
        client_media_id TEXT NOT NULL DEFAULT '',
        aes_key TEXT NOT NULL DEFAULT '',
        signature TEXT NOT NULL DEFAULT '',
        parts_done INTEGER NOT NULL DEFAULT 0
    , number INTEGER NOT NULL DEFAULT 0, media_id TEXT NOT NULL DEFAULT '');
INSERT INTO "upload" VALUES(13,'/tmp/季度.zip','季度.zip','file',700000,1795946400000000000,0,'m',2,'1795946400123','k','s',1,3,'@crypt_1a2b');
CREATE UNIQUE INDEX conversation_special ON conversation (uin, special) WHERE special <> '';
CREATE INDEX conversation_list ON conversation (login_id, pinned DESC, last_ms DESC, id DESC);
CREATE INDEX peer_conversation ON peer (conversation_id);
CREATE UNIQUE INDEX message_msg_id ON message (msg_id) WHERE msg_id IS NOT NULL;
CREATE INDEX message_place ON message (conversation_id, time_ms, id);
CREATE INDEX message_unknown ON message (conversation_id, time_ms, id) WHERE state = 'unknown';
CREATE INDEX message_recalls ON message (recalls) WHERE recalls IS NOT NULL;
CREATE INDEX message_unfinished ON message (id) WHERE state IN ('pending', 'sending');
CREATE INDEX message_time ON message (time_ms, id);
CREATE INDEX message_sent ON message (id) WHERE state IN ('sent', 'revoke_unknown');
CREATE INDEX message_sent_there ON message (conversation_id, id) WHERE state IN ('sent', 'revoke_unknown');
CREATE INDEX message_revoking ON message (id) WHERE state = 'revoking';
CREATE INDEX gap_since ON gap (since_ms);
CREATE VIRTUAL TABLE search USING fts5(words, tokenize = 'ascii', columnsize = 0);
INSERT INTO search (rowid, words) VALUES (1,'上 次 登 录 的 消 息');
INSERT INTO search (rowid, words) VALUES (2,'给 文 件 传 输 助 手');
INSERT INTO search (rowid, words) VALUES (3,'你 好 quoted it s');
INSERT INTO search (rowid, words) VALUES (5,'季 度 报 告 xlsx');
INSERT INTO search (rowid, words) VALUES (6,'how to sleep https example com s');
INSERT INTO search (rowid, words) VALUES (7,'会 被 撤 回');
INSERT INTO search (rowid, words) VALUES (8,'ann 撤 回 了 一 条 消 息');
INSERT INTO search (rowid, words) VALUES (9,'发 出 去 的');
INSERT INTO search (rowid, words) VALUES (10,'待 发');
INSERT INTO search (rowid, words) VALUES (11,'在 发');
INSERT INTO search (rowid, words) VALUES (12,'不 知 道');
INSERT INTO search (rowid, words) VALUES (13,'失 败');
INSERT INTO search (rowid, words) VALUES (14,'revoked');
COMMIT;
