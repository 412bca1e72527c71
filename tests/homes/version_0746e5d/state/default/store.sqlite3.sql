-- `store.sqlite3` as version 0746e5d wrote it (schema version 3). Test data: never edited.
PRAGMA application_id = 2004382837;
PRAGMA user_version = 3;
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
INSERT INTO "contact" VALUES(1,1,'@me1','self',0,'{"user_name":"@me1","nick_name":"我","remark_name":"","kind":"self","flags":0,"muted":false,"pinyin":[],"members":[],"member_count":0,"alias":"","attr_status":"1","head_img":"a-me","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(2,1,'@ann1','person',0,'{"user_name":"@ann1","nick_name":"Ann","remark_name":"安","kind":"person","flags":2049,"muted":false,"pinyin":["ann","an"],"members":[],"member_count":0,"alias":"ann_88","attr_status":"233","head_img":"a-ann","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(3,1,'@ben1','person',0,'{"user_name":"@ben1","nick_name":"Ben","remark_name":"","kind":"person","flags":0,"muted":false,"pinyin":["ben"],"members":[],"member_count":0,"alias":"","attr_status":"7","head_img":"a-ben","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(4,1,'@twin1','person',0,'{"user_name":"@twin1","nick_name":"小明","remark_name":"","kind":"person","flags":0,"muted":false,"pinyin":["xm"],"members":[],"member_count":0,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(5,1,'@shop1','official',0,'{"user_name":"@shop1","nick_name":"早报","remark_name":"","kind":"official","flags":0,"muted":true,"pinyin":[],"members":[],"member_count":0,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(6,1,'@@team1','group',0,'{"user_name":"@@team1","nick_name":"项目群","remark_name":"","kind":"group","flags":0,"muted":true,"pinyin":[],"members":[{"user_name":"@me1","nick_name":"我","display_name":"组长","remark_name":"","attr_status":""},{"user_name":"@ann1","nick_name":"Ann","display_name":"","remark_name":"","attr_status":""},{"user_name":"@ben1","nick_name":"Ben","display_name":"本 (测试)","remark_name":"","attr_status":""},{"user_name":"@cy1","nick_name":"Cy","display_name":"","remark_name":"","attr_status":""}],"member_count":4,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":"room-1"}');
INSERT INTO "contact" VALUES(7,1,'filehelper','special',0,'{"user_name":"filehelper","nick_name":"文件传输助手","remark_name":"","kind":"special","flags":0,"muted":false,"pinyin":[],"members":[],"member_count":0,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(8,2,'@me2','self',0,'{"user_name":"@me2","nick_name":"我","remark_name":"","kind":"self","flags":0,"muted":false,"pinyin":[],"members":[],"member_count":0,"alias":"","attr_status":"1","head_img":"a-me","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(9,2,'@ann2','person',0,'{"user_name":"@ann2","nick_name":"Ann","remark_name":"安","kind":"person","flags":2049,"muted":false,"pinyin":["ann","an"],"members":[],"member_count":0,"alias":"ann_88","attr_status":"233","head_img":"a-ann","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(10,2,'@ben2','person',0,'{"user_name":"@ben2","nick_name":"Ben","remark_name":"","kind":"person","flags":0,"muted":false,"pinyin":["ben"],"members":[],"member_count":0,"alias":"","attr_status":"7","head_img":"a-ben","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(11,2,'@twin2','person',0,'{"user_name":"@twin2","nick_name":"小明","remark_name":"","kind":"person","flags":0,"muted":false,"pinyin":["xm"],"members":[],"member_count":0,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(12,2,'@shop2','official',0,'{"user_name":"@shop2","nick_name":"早报","remark_name":"","kind":"official","flags":0,"muted":true,"pinyin":[],"members":[],"member_count":0,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(13,2,'@@team2','group',0,'{"user_name":"@@team2","nick_name":"项目群","remark_name":"","kind":"group","flags":0,"muted":true,"pinyin":[],"members":[{"user_name":"@me2","nick_name":"我","display_name":"组长","remark_name":"","attr_status":""},{"user_name":"@ann2","nick_name":"Ann","display_name":"","remark_name":"","attr_status":""},{"user_name":"@ben2","nick_name":"Ben","display_name":"本 (测试)","remark_name":"","attr_status":""},{"user_name":"@cy2","nick_name":"Cy","display_name":"","remark_name":"","attr_status":""}],"member_count":4,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":"room-1"}');
INSERT INTO "contact" VALUES(14,2,'filehelper','special',0,'{"user_name":"filehelper","nick_name":"文件传输助手","remark_name":"","kind":"special","flags":0,"muted":false,"pinyin":[],"members":[],"member_count":0,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":""}');
INSERT INTO "contact" VALUES(15,2,'@other2','person',0,'{"user_name":"@other2","nick_name":"小明","remark_name":"","kind":"person","flags":0,"muted":false,"pinyin":["xm"],"members":[],"member_count":0,"alias":"","attr_status":"","head_img":"","encry_chat_room_id":""}');
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
INSERT INTO "conversation" VALUES(1,'210000000','',2,'@ann2','安','person',0,1,23,'草稿：半句话',1777633600000,49,0);
INSERT INTO "conversation" VALUES(2,'210000000','',1,'@twin1','小明','person',0,0,1,'',1777629602000,2,0);
INSERT INTO "conversation" VALUES(3,'210000000','',2,'@@team2','项目群','group',1,0,2,'/send ~/图.png',1777633600000,46,0);
INSERT INTO "conversation" VALUES(4,'210000000','filehelper',2,'filehelper','文件传输助手','special',0,0,0,'',1777633600000,52,0);
INSERT INTO "conversation" VALUES(5,'210000000','',2,'@ben2','Ben','person',0,0,2,'',1777633600000,53,1);
INSERT INTO "conversation" VALUES(7,'210000000','',2,'@other2','小明','person',0,0,0,'',0,NULL,0);
INSERT INTO "conversation" VALUES(8,'210000000','',2,'@shop2','早报','official',1,0,0,'',1777633600000,115,0);
CREATE TABLE doubt (
        login_id INTEGER NOT NULL REFERENCES login(id),
        user_name TEXT NOT NULL,
        conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
        PRIMARY KEY (login_id, user_name, conversation_id)
    ) WITHOUT ROWID;
INSERT INTO "doubt" VALUES(2,'@other2',7);
INSERT INTO "doubt" VALUES(2,'@twin2',2);
CREATE TABLE gap (
        id INTEGER PRIMARY KEY,
        uin TEXT NOT NULL,
        since_ms INTEGER NOT NULL,
        until_ms INTEGER NOT NULL,
        after_id INTEGER NOT NULL
    );
INSERT INTO "gap" VALUES(1,'210000000',1777629600500,1777633300000,6);
CREATE TABLE login (
        id INTEGER PRIMARY KEY,
        uin TEXT NOT NULL,
        user_name TEXT NOT NULL,
        started_ms INTEGER NOT NULL,
        contacts_refreshed_ms INTEGER,
        keys TEXT NOT NULL
    , synced_ms INTEGER);
INSERT INTO "login" VALUES(1,'210000000','@me1',1777629600500,1777629600500,'{"sync":{"pairs":[[1,1],[2,7]]},"check":{"pairs":[[1,2]]}}',1777629600500);
INSERT INTO "login" VALUES(2,'210000000','@me2',1777633300000,1777633300000,'{"sync":{"pairs":[[1,4],[2,7]]},"check":{"pairs":[[1,5]]}}',1777633600000);
CREATE TABLE memory (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "memory" VALUES('conversation.highest_deleted','6');
INSERT INTO "memory" VALUES('safety.checked_ms','1777629600500');
INSERT INTO "memory" VALUES('where','{"conversation":1,"spot":{"place":{"time":"2026-05-01T11:06:40Z","id":38},"row":-1}}');
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
INSERT INTO "message" VALUES(1,1,1,1777629601000,0,'@ann1','received','8000000000000000001','','','',NULL,'',NULL,'{"type":"Text","text":"上次登录：你好 [微笑]"}','',0);
INSERT INTO "message" VALUES(2,2,1,1777629602000,0,'@twin1','received','8000000000000000002','','','',NULL,'',NULL,'{"type":"Text","text":"我是小明"}','',0);
INSERT INTO "message" VALUES(3,3,1,1777629603000,0,'@ben1','received','8000000000000000003','','','',NULL,'',NULL,'{"type":"Text","text":"上次登录：群里的话"}','',0);
INSERT INTO "message" VALUES(4,4,1,1777629604000,1,'@me1','received','8000000000000000004','','','',NULL,'',NULL,'{"type":"Text","text":"给自己的笔记"}','',0);
INSERT INTO "message" VALUES(5,5,1,1777629605000,0,'@ben1','received','8000000000000000005','','','',NULL,'',NULL,'{"type":"Text","text":"又见面了"}','',0);
INSERT INTO "message" VALUES(6,1,1,1777629660000,1,'@me1','pending',NULL,'17776290001','@ann1','',NULL,'',NULL,'{"type":"Text","text":"断线时写的"}','',1);
INSERT INTO "message" VALUES(7,1,2,1777633301000,0,'@ann2','received','8000000000000000006','','','',NULL,'',NULL,'{"type":"Text","text":"列表之前到的"}','',0);
INSERT INTO "message" VALUES(8,1,2,1777633310000,0,'@ann2','received','8000000000000000007','','','',NULL,'',NULL,'{"type":"Text","text":"你好 \"quoted\" it''s 😀 [微笑]\n第二行"}','',0);
INSERT INTO "message" VALUES(9,1,2,1777633311000,0,'@ann2','received','8000000000000000008','','','',NULL,'',NULL,'{"type":"Image","width":120,"height":90}','<msg><img aeskey="k"/></msg>',0);
INSERT INTO "message" VALUES(10,1,2,1777633312000,0,'@ann2','received','8000000000000000009','','','',NULL,'',NULL,'{"type":"Voice","seconds":3.5}','',0);
INSERT INTO "message" VALUES(11,1,2,1777633313000,0,'@ann2','received','8000000000000000010','','','',NULL,'',NULL,'{"type":"Video","seconds":12,"width":640,"height":360,"short":false}','',0);
INSERT INTO "message" VALUES(12,1,2,1777633314000,0,'@ann2','received','8000000000000000011','','','',NULL,'',NULL,'{"type":"Video","seconds":3,"width":0,"height":0,"short":true}','',0);
INSERT INTO "message" VALUES(13,1,2,1777633315000,0,'@ann2','received','8000000000000000012','','','',NULL,'',NULL,'{"type":"Emoticon","md5":"md5md5","url":"http://emoji.example/1.gif"}','',0);
INSERT INTO "message" VALUES(14,1,2,1777633316000,0,'@ann2','received','8000000000000000013','','','',NULL,'',NULL,'{"type":"Emoticon","md5":"","url":""}','',0);
INSERT INTO "message" VALUES(15,1,2,1777633317000,0,'@ann2','received','8000000000000000014','','','',NULL,'',NULL,'{"type":"Link","title":"How to sleep","url":"https://example.com/s?x=1","description":"zzz","app_type":5}','',0);
INSERT INTO "message" VALUES(16,1,2,1777633318000,0,'@ann2','received','8000000000000000015','','','',NULL,'',NULL,'{"type":"Link","title":"Channels card","url":"","description":"","app_type":51}','',0);
INSERT INTO "message" VALUES(17,1,2,1777633319000,0,'@ann2','received','8000000000000000016','','','',NULL,'',NULL,'{"type":"File","name":"季度报告.xlsx","size":12345,"media_id":"@media","encry_file_name":"enc%20name"}','',0);
INSERT INTO "message" VALUES(18,1,2,1777633320000,0,'@ann2','received','8000000000000000017','','','',NULL,'',NULL,'{"type":"Location","label":"人民广场","x":31.23,"y":121.47,"url":"https://apis.map.qq.com/"}','',0);
INSERT INTO "message" VALUES(19,1,2,1777633321000,0,'@ann2','received','8000000000000000018','','','',NULL,'',NULL,'{"type":"LiveLocation","title":"共享位置"}','',0);
INSERT INTO "message" VALUES(20,1,2,1777633322000,0,'@ann2','received','8000000000000000019','','','',NULL,'',NULL,'{"type":"MiniProgram","title":"点餐","source":"某小程序"}','',0);
INSERT INTO "message" VALUES(21,1,2,1777633323000,0,'@ann2','received','8000000000000000020','','','',NULL,'',NULL,'{"type":"Quote","text":"同意","quoted":"明天开会？","quoted_sender":"Ann"}','',0);
INSERT INTO "message" VALUES(22,1,2,1777633324000,0,'@ann2','received','8000000000000000021','','','',NULL,'',NULL,'{"type":"Transfer","title":"转账给你 ¥8.88"}','',0);
INSERT INTO "message" VALUES(23,1,2,1777633325000,0,'@ann2','received','8000000000000000022','','','',NULL,'',NULL,'{"type":"RedPacket","title":"恭喜发财"}','',0);
INSERT INTO "message" VALUES(24,1,2,1777633326000,0,'@ann2','received','8000000000000000023','','','',NULL,'',NULL,'{"type":"Card","nick_name":"Cy","user_name":"@cy2","alias":"cy_1"}','',0);
INSERT INTO "message" VALUES(25,1,2,1777633327000,0,'@ann2','received','8000000000000000024','','','',NULL,'',NULL,'{"type":"FriendRequest","nick_name":"Dee","text":"我是 Dee","user_name":"@dee2","ticket":"v2_ticket"}','',0);
INSERT INTO "message" VALUES(26,1,2,1777633328000,0,'@ann2','received','8000000000000000025','','','',NULL,'',NULL,'{"type":"Call","text":"语音通话"}','',0);
INSERT INTO "message" VALUES(27,1,2,1777633329000,0,'@ann2','received','8000000000000000026','','','',NULL,'',NULL,'{"type":"System","text":"你已添加了Ann"}','',0);
INSERT INTO "message" VALUES(28,1,2,1777633330000,0,'@ann2','received','8000000000000000027','','','',NULL,'',NULL,'{"type":"Unknown","msg_type":4242,"app_type":7,"text":"谁也不知道"}','',0);
INSERT INTO "message" VALUES(29,1,2,1777633331000,0,'@ann2','recalled','8000000000000000028','','','',NULL,'',NULL,'{"type":"Text","text":"会被撤回"}','',0);
INSERT INTO "message" VALUES(30,1,2,1777633332000,0,'@ann2','received','8000000000000000029','','','',NULL,'','8000000000000000028','{"type":"Revoke","msg_id":"8000000000000000028","notice":"\"Ann\" 撤回了一条消息"}','',0);
INSERT INTO "message" VALUES(31,3,2,1777633333000,0,'@ben2','received','8000000000000000030','','','',NULL,'',NULL,'{"type":"Text","text":"@组长 看一下"}','',0);
INSERT INTO "message" VALUES(32,3,2,1777633334000,0,'@@team2','received','8000000000000000031','','','',NULL,'',NULL,'{"type":"System","text":"\"Cy\"加入了群聊"}','',0);
INSERT INTO "message" VALUES(33,8,2,1777633335000,0,'@shop2','received','8000000000000000032','','','',NULL,'',NULL,'{"type":"Link","title":"早报","url":"https://mp.weixin.qq.com/x","description":"","app_type":5}','',0);
INSERT INTO "message" VALUES(34,5,2,1777633336000,1,'@me2','received','8000000000000000033','','','',NULL,'',NULL,'{"type":"Text","text":"手机上写的"}','',0);
INSERT INTO "message" VALUES(35,5,2,1777633337000,0,'@ben2','received',NULL,'','','',NULL,'',NULL,'{"type":"Text","text":"没有 MsgID"}','',0);
INSERT INTO "message" VALUES(36,1,2,1777633600000,1,'@me2','sent','900','17776290010','@ann2','',1777633600000,'',NULL,'{"type":"Text","text":"发出去的"}','',0);
INSERT INTO "message" VALUES(37,1,2,1777633600000,1,'@me2','revoked','901','17776290011','@ann2','',1777633600000,'',NULL,'{"type":"Text","text":"撤回了的"}','',0);
INSERT INTO "message" VALUES(38,1,2,1777633600000,1,'@me2','pending',NULL,'17776290012','@ann2','',NULL,'',NULL,'{"type":"Text","text":"排队的"}','',1);
INSERT INTO "message" VALUES(39,1,2,1777633600000,1,'@me2','pending',NULL,'17776290013','@ann2','',NULL,'',NULL,'{"type":"Text","text":"命令留下的"}','',0);
INSERT INTO "message" VALUES(40,1,2,1777633600000,1,'@me2','sending',NULL,'17776290014','@ann2','',1777633600000,'',NULL,'{"type":"Text","text":"正在发"}','',1);
INSERT INTO "message" VALUES(41,5,2,1777633600000,1,'@me2','sending',NULL,'17776290015','@ben2','',1777633600000,'',NULL,'{"type":"Text","text":"正在发，命令"}','',0);
INSERT INTO "message" VALUES(42,5,2,1777633600000,1,'@me2','unknown',NULL,'17776290016','@ben2','',1777633600000,'ConnectionBroken',NULL,'{"type":"Text","text":"不知道到没到"}','',1);
INSERT INTO "message" VALUES(43,5,2,1777633600000,1,'@me2','failed',NULL,'17776290017','@ben2','',NULL,'TooFrequent',NULL,'{"type":"Text","text":"太快了"}','',1);
INSERT INTO "message" VALUES(44,5,2,1777633600000,1,'@me2','cancelled',NULL,'17776290018','@ben2','',NULL,'',NULL,'{"type":"Text","text":"不发了"}','',1);
INSERT INTO "message" VALUES(45,3,2,1777633600000,1,'@me2','pending',NULL,'17776290019','@@team2','',NULL,'Unreachable',NULL,'{"type":"Text","text":"又排上了"}','',1);
INSERT INTO "message" VALUES(46,3,2,1777633600000,1,'@me2','sent','902','17776290020','@@team2','',1777633600000,'',NULL,'{"type":"Link","title":"How to sleep","url":"https://example.com/s?x=1","description":"zzz","app_type":5}','<appmsg/>',0);
INSERT INTO "message" VALUES(47,4,2,1777633600000,1,'@me2','sent','903','17776290021','filehelper','@emoticon',1777633600000,'',NULL,'{"type":"Emoticon","md5":"md5md5","url":""}','',0);
INSERT INTO "message" VALUES(48,1,2,1777633600000,1,'@me2','pending',NULL,'17776290030','@ann2','',NULL,'',NULL,'{"type":"File","name":"长.zip","size":5000000,"media_id":"","encry_file_name":""}','',1);
INSERT INTO "message" VALUES(49,1,2,1777633600000,1,'@me2','pending',NULL,'17776290031','@ann2','',NULL,'',NULL,'{"type":"Image","width":10,"height":20}','',1);
INSERT INTO "message" VALUES(50,4,2,1777633600000,1,'@me2','pending',NULL,'17776290032','filehelper','',NULL,'',NULL,'{"type":"File","name":"�.bin","size":7,"media_id":"","encry_file_name":""}','',1);
INSERT INTO "message" VALUES(51,4,2,1777633600000,1,'@me2','pending',NULL,'17776290033','filehelper','',NULL,'',NULL,'{"type":"Video","seconds":0,"width":0,"height":0,"short":false}','',1);
INSERT INTO "message" VALUES(52,4,2,1777633600000,1,'@me2','failed',NULL,'17776290034','filehelper','',NULL,'FileMissing',NULL,'{"type":"File","name":"坏.doc","size":3,"media_id":"","encry_file_name":""}','',1);
INSERT INTO "message" VALUES(53,5,2,1777633600000,1,'@me2','sent','904','17776290035','@ben2','@media-35',1777633600000,'',NULL,'{"type":"File","name":"到了.pdf","size":1000,"media_id":"","encry_file_name":""}','',1);
INSERT INTO "message" VALUES(54,8,2,1777633600000,1,'@me2','failed',NULL,'17776290100','@shop2','',NULL,'Interrupted',NULL,'{"type":"Text","text":"因为 Interrupted"}','',0);
INSERT INTO "message" VALUES(55,8,2,1777633600000,1,'@me2','failed',NULL,'17776290101','@shop2','',NULL,'NotUsable',NULL,'{"type":"Text","text":"因为 NotUsable"}','',0);
INSERT INTO "message" VALUES(56,8,2,1777633600000,1,'@me2','failed',NULL,'17776290102','@shop2','',NULL,'NotLoggedIn',NULL,'{"type":"Text","text":"因为 NotLoggedIn"}','',0);
INSERT INTO "message" VALUES(57,8,2,1777633600000,1,'@me2','failed',NULL,'17776290103','@shop2','',NULL,'NotConnected',NULL,'{"type":"Text","text":"因为 NotConnected"}','',0);
INSERT INTO "message" VALUES(58,8,2,1777633600000,1,'@me2','failed',NULL,'17776290104','@shop2','',NULL,'WrongServer',NULL,'{"type":"Text","text":"因为 WrongServer"}','',0);
INSERT INTO "message" VALUES(59,8,2,1777633600000,1,'@me2','failed',NULL,'17776290105','@shop2','',NULL,'SessionOver',NULL,'{"type":"Text","text":"因为 SessionOver"}','',0);
INSERT INTO "message" VALUES(60,8,2,1777633600000,1,'@me2','failed',NULL,'17776290106','@shop2','',NULL,'LoggedOutOnPhone',NULL,'{"type":"Text","text":"因为 LoggedOutOnPhone"}','',0);
INSERT INTO "message" VALUES(61,8,2,1777633600000,1,'@me2','failed',NULL,'17776290107','@shop2','',NULL,'LoggedInElsewhere',NULL,'{"type":"Text","text":"因为 LoggedInElsewhere"}','',0);
INSERT INTO "message" VALUES(62,8,2,1777633600000,1,'@me2','failed',NULL,'17776290108','@shop2','',NULL,'CookieInvalid',NULL,'{"type":"Text","text":"因为 CookieInvalid"}','',0);
INSERT INTO "message" VALUES(63,8,2,1777633600000,1,'@me2','failed',NULL,'17776290109','@shop2','',NULL,'LoginFailed',NULL,'{"type":"Text","text":"因为 LoginFailed"}','',0);
INSERT INTO "message" VALUES(64,8,2,1777633600000,1,'@me2','failed',NULL,'17776290110','@shop2','',NULL,'LoginBarred',NULL,'{"type":"Text","text":"因为 LoginBarred"}','',0);
INSERT INTO "message" VALUES(65,8,2,1777633600000,1,'@me2','failed',NULL,'17776290111','@shop2','',NULL,'LoginExpired',NULL,'{"type":"Text","text":"因为 LoginExpired"}','',0);
INSERT INTO "message" VALUES(66,8,2,1777633600000,1,'@me2','failed',NULL,'17776290112','@shop2','',NULL,'LoggedOutAtOnce',NULL,'{"type":"Text","text":"因为 LoggedOutAtOnce"}','',0);
INSERT INTO "message" VALUES(67,8,2,1777633600000,1,'@me2','failed',NULL,'17776290113','@shop2','',NULL,'Refused',NULL,'{"type":"Text","text":"因为 Refused"}','',0);
INSERT INTO "message" VALUES(68,8,2,1777633600000,1,'@me2','failed',NULL,'17776290114','@shop2','',NULL,'EmptyText',NULL,'{"type":"Text","text":"因为 EmptyText"}','',0);
INSERT INTO "message" VALUES(69,8,2,1777633600000,1,'@me2','failed',NULL,'17776290115','@shop2','',NULL,'BadText',NULL,'{"type":"Text","text":"因为 BadText"}','',0);
INSERT INTO "message" VALUES(70,8,2,1777633600000,1,'@me2','failed',NULL,'17776290116','@shop2','',NULL,'TextTooLong',NULL,'{"type":"Text","text":"因为 TextTooLong"}','',0);
INSERT INTO "message" VALUES(71,8,2,1777633600000,1,'@me2','failed',NULL,'17776290117','@shop2','',NULL,'FileRefused',NULL,'{"type":"Text","text":"因为 FileRefused"}','',0);
INSERT INTO "message" VALUES(72,8,2,1777633600000,1,'@me2','failed',NULL,'17776290118','@shop2','',NULL,'FileMissing',NULL,'{"type":"Text","text":"因为 FileMissing"}','',0);
INSERT INTO "message" VALUES(73,8,2,1777633600000,1,'@me2','failed',NULL,'17776290119','@shop2','',NULL,'FileUnreadable',NULL,'{"type":"Text","text":"因为 FileUnreadable"}','',0);
INSERT INTO "message" VALUES(74,8,2,1777633600000,1,'@me2','failed',NULL,'17776290120','@shop2','',NULL,'NotAFile',NULL,'{"type":"Text","text":"因为 NotAFile"}','',0);
INSERT INTO "message" VALUES(75,8,2,1777633600000,1,'@me2','failed',NULL,'17776290121','@shop2','',NULL,'FileEmpty',NULL,'{"type":"Text","text":"因为 FileEmpty"}','',0);
INSERT INTO "message" VALUES(76,8,2,1777633600000,1,'@me2','failed',NULL,'17776290122','@shop2','',NULL,'BadFileName',NULL,'{"type":"Text","text":"因为 BadFileName"}','',0);
INSERT INTO "message" VALUES(77,8,2,1777633600000,1,'@me2','failed',NULL,'17776290123','@shop2','',NULL,'NameTooLong',NULL,'{"type":"Text","text":"因为 NameTooLong"}','',0);
INSERT INTO "message" VALUES(78,8,2,1777633600000,1,'@me2','failed',NULL,'17776290124','@shop2','',NULL,'FileTooLarge',NULL,'{"type":"Text","text":"因为 FileTooLarge"}','',0);
INSERT INTO "message" VALUES(79,8,2,1777633600000,1,'@me2','failed',NULL,'17776290125','@shop2','',NULL,'FileChanged',NULL,'{"type":"Text","text":"因为 FileChanged"}','',0);
INSERT INTO "message" VALUES(80,8,2,1777633600000,1,'@me2','failed',NULL,'17776290126','@shop2','',NULL,'FileReplaced',NULL,'{"type":"Text","text":"因为 FileReplaced"}','',0);
INSERT INTO "message" VALUES(81,8,2,1777633600000,1,'@me2','failed',NULL,'17776290127','@shop2','',NULL,'ServerRefused',NULL,'{"type":"Text","text":"因为 ServerRefused"}','',0);
INSERT INTO "message" VALUES(82,8,2,1777633600000,1,'@me2','failed',NULL,'17776290128','@shop2','',NULL,'BadParameter',NULL,'{"type":"Text","text":"因为 BadParameter"}','',0);
INSERT INTO "message" VALUES(83,8,2,1777633600000,1,'@me2','failed',NULL,'17776290129','@shop2','',NULL,'ServerFault',NULL,'{"type":"Text","text":"因为 ServerFault"}','',0);
INSERT INTO "message" VALUES(84,8,2,1777633600000,1,'@me2','failed',NULL,'17776290130','@shop2','',NULL,'BadTicket',NULL,'{"type":"Text","text":"因为 BadTicket"}','',0);
INSERT INTO "message" VALUES(85,8,2,1777633600000,1,'@me2','failed',NULL,'17776290131','@shop2','',NULL,'GroupGone',NULL,'{"type":"Text","text":"因为 GroupGone"}','',0);
INSERT INTO "message" VALUES(86,8,2,1777633600000,1,'@me2','failed',NULL,'17776290132','@shop2','',NULL,'LoginEnvironment',NULL,'{"type":"Text","text":"因为 LoginEnvironment"}','',0);
INSERT INTO "message" VALUES(87,8,2,1777633600000,1,'@me2','failed',NULL,'17776290133','@shop2','',NULL,'TooFrequent',NULL,'{"type":"Text","text":"因为 TooFrequent"}','',0);
INSERT INTO "message" VALUES(88,8,2,1777633600000,1,'@me2','failed',NULL,'17776290134','@shop2','',NULL,'RevokeRefused',NULL,'{"type":"Text","text":"因为 RevokeRefused"}','',0);
INSERT INTO "message" VALUES(89,8,2,1777633600000,1,'@me2','failed',NULL,'17776290135','@shop2','',NULL,'NetworkError',NULL,'{"type":"Text","text":"因为 NetworkError"}','',0);
INSERT INTO "message" VALUES(90,8,2,1777633600000,1,'@me2','failed',NULL,'17776290136','@shop2','',NULL,'Unreachable',NULL,'{"type":"Text","text":"因为 Unreachable"}','',0);
INSERT INTO "message" VALUES(91,8,2,1777633600000,1,'@me2','failed',NULL,'17776290137','@shop2','',NULL,'TimedOut',NULL,'{"type":"Text","text":"因为 TimedOut"}','',0);
INSERT INTO "message" VALUES(92,8,2,1777633600000,1,'@me2','failed',NULL,'17776290138','@shop2','',NULL,'ConnectionBroken',NULL,'{"type":"Text","text":"因为 ConnectionBroken"}','',0);
INSERT INTO "message" VALUES(93,8,2,1777633600000,1,'@me2','failed',NULL,'17776290139','@shop2','',NULL,'BadAnswer',NULL,'{"type":"Text","text":"因为 BadAnswer"}','',0);
INSERT INTO "message" VALUES(94,8,2,1777633600000,1,'@me2','failed',NULL,'17776290140','@shop2','',NULL,'MediaUnusable',NULL,'{"type":"Text","text":"因为 MediaUnusable"}','',0);
INSERT INTO "message" VALUES(95,8,2,1777633600000,1,'@me2','failed',NULL,'17776290141','@shop2','',NULL,'MediaOfWrongSize',NULL,'{"type":"Text","text":"因为 MediaOfWrongSize"}','',0);
INSERT INTO "message" VALUES(96,8,2,1777633600000,1,'@me2','failed',NULL,'17776290142','@shop2','',NULL,'NotForwardable',NULL,'{"type":"Text","text":"因为 NotForwardable"}','',0);
INSERT INTO "message" VALUES(97,8,2,1777633600000,1,'@me2','failed',NULL,'17776290143','@shop2','',NULL,'LocalError',NULL,'{"type":"Text","text":"因为 LocalError"}','',0);
INSERT INTO "message" VALUES(98,8,2,1777633600000,1,'@me2','failed',NULL,'17776290144','@shop2','',NULL,'ProfileBusy',NULL,'{"type":"Text","text":"因为 ProfileBusy"}','',0);
INSERT INTO "message" VALUES(99,8,2,1777633600000,1,'@me2','failed',NULL,'17776290145','@shop2','',NULL,'BusyBriefly',NULL,'{"type":"Text","text":"因为 BusyBriefly"}','',0);
INSERT INTO "message" VALUES(100,8,2,1777633600000,1,'@me2','failed',NULL,'17776290146','@shop2','',NULL,'OwnerError',NULL,'{"type":"Text","text":"因为 OwnerError"}','',0);
INSERT INTO "message" VALUES(101,8,2,1777633600000,1,'@me2','failed',NULL,'17776290147','@shop2','',NULL,'OwnerSilent',NULL,'{"type":"Text","text":"因为 OwnerSilent"}','',0);
INSERT INTO "message" VALUES(102,8,2,1777633600000,1,'@me2','failed',NULL,'17776290148','@shop2','',NULL,'OwnerGone',NULL,'{"type":"Text","text":"因为 OwnerGone"}','',0);
INSERT INTO "message" VALUES(103,8,2,1777633600000,1,'@me2','failed',NULL,'17776290149','@shop2','',NULL,'OwnerStalled',NULL,'{"type":"Text","text":"因为 OwnerStalled"}','',0);
INSERT INTO "message" VALUES(104,8,2,1777633600000,1,'@me2','failed',NULL,'17776290150','@shop2','',NULL,'OwnerDiffers',NULL,'{"type":"Text","text":"因为 OwnerDiffers"}','',0);
INSERT INTO "message" VALUES(105,8,2,1777633600000,1,'@me2','failed',NULL,'17776290151','@shop2','',NULL,'OwnerRefused',NULL,'{"type":"Text","text":"因为 OwnerRefused"}','',0);
INSERT INTO "message" VALUES(106,8,2,1777633600000,1,'@me2','failed',NULL,'17776290152','@shop2','',NULL,'GivenUp',NULL,'{"type":"Text","text":"因为 GivenUp"}','',0);
INSERT INTO "message" VALUES(107,8,2,1777633600000,1,'@me2','failed',NULL,'17776290153','@shop2','',NULL,'HomeUnusable',NULL,'{"type":"Text","text":"因为 HomeUnusable"}','',0);
INSERT INTO "message" VALUES(108,8,2,1777633600000,1,'@me2','failed',NULL,'17776290154','@shop2','',NULL,'FolderUnusable',NULL,'{"type":"Text","text":"因为 FolderUnusable"}','',0);
INSERT INTO "message" VALUES(109,8,2,1777633600000,1,'@me2','failed',NULL,'17776290155','@shop2','',NULL,'OutputFailed',NULL,'{"type":"Text","text":"因为 OutputFailed"}','',0);
INSERT INTO "message" VALUES(110,8,2,1777633600000,1,'@me2','failed',NULL,'17776290156','@shop2','',NULL,'ExportRefused',NULL,'{"type":"Text","text":"因为 ExportRefused"}','',0);
INSERT INTO "message" VALUES(111,8,2,1777633600000,1,'@me2','failed',NULL,'17776290157','@shop2','',NULL,'StoreBroken',NULL,'{"type":"Text","text":"因为 StoreBroken"}','',0);
INSERT INTO "message" VALUES(112,8,2,1777633600000,1,'@me2','failed',NULL,'17776290158','@shop2','',NULL,'StoreDamaged',NULL,'{"type":"Text","text":"因为 StoreDamaged"}','',0);
INSERT INTO "message" VALUES(113,8,2,1777633600000,1,'@me2','failed',NULL,'17776290159','@shop2','',NULL,'StoreSetAside',NULL,'{"type":"Text","text":"因为 StoreSetAside"}','',0);
INSERT INTO "message" VALUES(114,8,2,1777633600000,1,'@me2','failed',NULL,'17776290160','@shop2','',NULL,'StoreTooNew',NULL,'{"type":"Text","text":"因为 StoreTooNew"}','',0);
INSERT INTO "message" VALUES(115,8,2,1777633600000,1,'@me2','cancelled',NULL,'17776290099','@shop2','',NULL,'Interrupted',NULL,'{"type":"Text","text":"命令死了"}','',0);
CREATE TABLE peer (
        login_id INTEGER NOT NULL REFERENCES login(id),
        user_name TEXT NOT NULL,
        conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
        PRIMARY KEY (login_id, user_name)
    ) WITHOUT ROWID;
INSERT INTO "peer" VALUES(1,'@ann1',1);
INSERT INTO "peer" VALUES(2,'@ann2',1);
INSERT INTO "peer" VALUES(1,'@twin1',2);
INSERT INTO "peer" VALUES(1,'@@team1',3);
INSERT INTO "peer" VALUES(2,'@@team2',3);
INSERT INTO "peer" VALUES(1,'filehelper',4);
INSERT INTO "peer" VALUES(2,'filehelper',4);
INSERT INTO "peer" VALUES(1,'@ben1',5);
INSERT INTO "peer" VALUES(2,'@ben2',5);
INSERT INTO "peer" VALUES(2,'@other2',7);
INSERT INTO "peer" VALUES(2,'@shop2',8);
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
    );
INSERT INTO "upload" VALUES(48,'/tmp/wxtui-fixture/长.zip','长.zip','file',5000000,1777629000123456789,0,'mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm',2,'1777629000123','kkkkkkkkkkkkkkkk','sig',4);
INSERT INTO "upload" VALUES(49,'/tmp/wxtui-fixture/图.png','图.png','image',2345,1777629000123456789,1,'',NULL,'','','',0);
INSERT INTO "upload" VALUES(50,X'2F746D702F77787475692D666978747572652FFF2E62696E','�.bin','file',7,1777629000123456789,0,'',NULL,'','','',0);
INSERT INTO "upload" VALUES(51,'/tmp/wxtui-fixture/片.mp4','片.mp4','video',99,1777629000123456789,0,'',NULL,'','','',0);
INSERT INTO "upload" VALUES(52,'/tmp/wxtui-fixture/坏.doc','坏.doc','file',3,1777629000123456789,0,'',NULL,'','','',0);
CREATE UNIQUE INDEX conversation_special ON conversation (uin, special) WHERE special <> '';
CREATE INDEX conversation_list ON conversation (login_id, pinned DESC, last_ms DESC, id DESC);
CREATE INDEX peer_conversation ON peer (conversation_id);
CREATE UNIQUE INDEX message_msg_id ON message (msg_id) WHERE msg_id IS NOT NULL;
CREATE INDEX message_place ON message (conversation_id, time_ms, id);
CREATE INDEX message_sent ON message (time_ms, id) WHERE state = 'sent';
CREATE INDEX message_sent_there ON message (conversation_id, time_ms, id) WHERE state = 'sent';
CREATE INDEX message_unknown ON message (conversation_id, time_ms, id) WHERE state = 'unknown';
CREATE INDEX message_recalls ON message (recalls) WHERE recalls IS NOT NULL;
CREATE INDEX message_unfinished ON message (id) WHERE state IN ('pending', 'sending');
CREATE INDEX message_time ON message (time_ms, id);
CREATE VIRTUAL TABLE search USING fts5(words, tokenize = 'ascii', columnsize = 0);
INSERT INTO search (rowid, words) VALUES (1,'上 次 登 录 你 好 😀');
INSERT INTO search (rowid, words) VALUES (2,'我 是 小 明');
INSERT INTO search (rowid, words) VALUES (3,'上 次 登 录 群 里 的 话');
INSERT INTO search (rowid, words) VALUES (4,'给 自 己 的 笔 记');
INSERT INTO search (rowid, words) VALUES (5,'又 见 面 了');
INSERT INTO search (rowid, words) VALUES (6,'断 线 时 写 的');
INSERT INTO search (rowid, words) VALUES (7,'列 表 之 前 到 的');
INSERT INTO search (rowid, words) VALUES (8,'你 好 quoted it s 😀 😀 第 二 行');
INSERT INTO search (rowid, words) VALUES (15,'how to sleep https example com s');
INSERT INTO search (rowid, words) VALUES (16,'channels card');
INSERT INTO search (rowid, words) VALUES (17,'季 度 报 告 xlsx');
INSERT INTO search (rowid, words) VALUES (18,'人 民 广 场');
INSERT INTO search (rowid, words) VALUES (19,'共 享 位 置');
INSERT INTO search (rowid, words) VALUES (20,'某 小 程 序 点 餐');
INSERT INTO search (rowid, words) VALUES (21,'同 意 ann 明 天 开 会');
INSERT INTO search (rowid, words) VALUES (22,'转 账 给 你 8 88');
INSERT INTO search (rowid, words) VALUES (23,'恭 喜 发 财');
INSERT INTO search (rowid, words) VALUES (24,'cy cy 1');
INSERT INTO search (rowid, words) VALUES (25,'dee 我 是 dee');
INSERT INTO search (rowid, words) VALUES (26,'语 音 通 话');
INSERT INTO search (rowid, words) VALUES (27,'你 已 添 加 了 ann');
INSERT INTO search (rowid, words) VALUES (28,'谁 也 不 知 道');
INSERT INTO search (rowid, words) VALUES (29,'会 被 撤 回');
INSERT INTO search (rowid, words) VALUES (30,'ann 撤 回 了 一 条 消 息');
INSERT INTO search (rowid, words) VALUES (31,'组 长 看 一 下');
INSERT INTO search (rowid, words) VALUES (32,'cy 加 入 了 群 聊');
INSERT INTO search (rowid, words) VALUES (33,'早 报 https mp weixin qq com x');
INSERT INTO search (rowid, words) VALUES (34,'手 机 上 写 的');
INSERT INTO search (rowid, words) VALUES (35,'没 有 msgid');
INSERT INTO search (rowid, words) VALUES (36,'发 出 去 的');
INSERT INTO search (rowid, words) VALUES (37,'撤 回 了 的');
INSERT INTO search (rowid, words) VALUES (38,'排 队 的');
INSERT INTO search (rowid, words) VALUES (39,'命 令 留 下 的');
INSERT INTO search (rowid, words) VALUES (40,'正 在 发');
INSERT INTO search (rowid, words) VALUES (41,'正 在 发 命 令');
INSERT INTO search (rowid, words) VALUES (42,'不 知 道 到 没 到');
INSERT INTO search (rowid, words) VALUES (43,'太 快 了');
INSERT INTO search (rowid, words) VALUES (44,'不 发 了');
INSERT INTO search (rowid, words) VALUES (45,'又 排 上 了');
INSERT INTO search (rowid, words) VALUES (46,'how to sleep https example com s');
INSERT INTO search (rowid, words) VALUES (48,'长 zip');
INSERT INTO search (rowid, words) VALUES (50,'� bin');
INSERT INTO search (rowid, words) VALUES (52,'坏 doc');
INSERT INTO search (rowid, words) VALUES (53,'到 了 pdf');
INSERT INTO search (rowid, words) VALUES (54,'因 为 interrupted');
INSERT INTO search (rowid, words) VALUES (55,'因 为 notusable');
INSERT INTO search (rowid, words) VALUES (56,'因 为 notloggedin');
INSERT INTO search (rowid, words) VALUES (57,'因 为 notconnected');
INSERT INTO search (rowid, words) VALUES (58,'因 为 wrongserver');
INSERT INTO search (rowid, words) VALUES (59,'因 为 sessionover');
INSERT INTO search (rowid, words) VALUES (60,'因 为 loggedoutonphone');
INSERT INTO search (rowid, words) VALUES (61,'因 为 loggedinelsewhere');
INSERT INTO search (rowid, words) VALUES (62,'因 为 cookieinvalid');
INSERT INTO search (rowid, words) VALUES (63,'因 为 loginfailed');
INSERT INTO search (rowid, words) VALUES (64,'因 为 loginbarred');
INSERT INTO search (rowid, words) VALUES (65,'因 为 loginexpired');
INSERT INTO search (rowid, words) VALUES (66,'因 为 loggedoutatonce');
INSERT INTO search (rowid, words) VALUES (67,'因 为 refused');
INSERT INTO search (rowid, words) VALUES (68,'因 为 emptytext');
INSERT INTO search (rowid, words) VALUES (69,'因 为 badtext');
INSERT INTO search (rowid, words) VALUES (70,'因 为 texttoolong');
INSERT INTO search (rowid, words) VALUES (71,'因 为 filerefused');
INSERT INTO search (rowid, words) VALUES (72,'因 为 filemissing');
INSERT INTO search (rowid, words) VALUES (73,'因 为 fileunreadable');
INSERT INTO search (rowid, words) VALUES (74,'因 为 notafile');
INSERT INTO search (rowid, words) VALUES (75,'因 为 fileempty');
INSERT INTO search (rowid, words) VALUES (76,'因 为 badfilename');
INSERT INTO search (rowid, words) VALUES (77,'因 为 nametoolong');
INSERT INTO search (rowid, words) VALUES (78,'因 为 filetoolarge');
INSERT INTO search (rowid, words) VALUES (79,'因 为 filechanged');
INSERT INTO search (rowid, words) VALUES (80,'因 为 filereplaced');
INSERT INTO search (rowid, words) VALUES (81,'因 为 serverrefused');
INSERT INTO search (rowid, words) VALUES (82,'因 为 badparameter');
INSERT INTO search (rowid, words) VALUES (83,'因 为 serverfault');
INSERT INTO search (rowid, words) VALUES (84,'因 为 badticket');
INSERT INTO search (rowid, words) VALUES (85,'因 为 groupgone');
INSERT INTO search (rowid, words) VALUES (86,'因 为 loginenvironment');
INSERT INTO search (rowid, words) VALUES (87,'因 为 toofrequent');
INSERT INTO search (rowid, words) VALUES (88,'因 为 revokerefused');
INSERT INTO search (rowid, words) VALUES (89,'因 为 networkerror');
INSERT INTO search (rowid, words) VALUES (90,'因 为 unreachable');
INSERT INTO search (rowid, words) VALUES (91,'因 为 timedout');
INSERT INTO search (rowid, words) VALUES (92,'因 为 connectionbroken');
INSERT INTO search (rowid, words) VALUES (93,'因 为 badanswer');
INSERT INTO search (rowid, words) VALUES (94,'因 为 mediaunusable');
INSERT INTO search (rowid, words) VALUES (95,'因 为 mediaofwrongsize');
INSERT INTO search (rowid, words) VALUES (96,'因 为 notforwardable');
INSERT INTO search (rowid, words) VALUES (97,'因 为 localerror');
INSERT INTO search (rowid, words) VALUES (98,'因 为 profilebusy');
INSERT INTO search (rowid, words) VALUES (99,'因 为 busybriefly');
INSERT INTO search (rowid, words) VALUES (100,'因 为 ownererror');
INSERT INTO search (rowid, words) VALUES (101,'因 为 ownersilent');
INSERT INTO search (rowid, words) VALUES (102,'因 为 ownergone');
INSERT INTO search (rowid, words) VALUES (103,'因 为 ownerstalled');
INSERT INTO search (rowid, words) VALUES (104,'因 为 ownerdiffers');
INSERT INTO search (rowid, words) VALUES (105,'因 为 ownerrefused');
INSERT INTO search (rowid, words) VALUES (106,'因 为 givenup');
INSERT INTO search (rowid, words) VALUES (107,'因 为 homeunusable');
INSERT INTO search (rowid, words) VALUES (108,'因 为 folderunusable');
INSERT INTO search (rowid, words) VALUES (109,'因 为 outputfailed');
INSERT INTO search (rowid, words) VALUES (110,'因 为 exportrefused');
INSERT INTO search (rowid, words) VALUES (111,'因 为 storebroken');
INSERT INTO search (rowid, words) VALUES (112,'因 为 storedamaged');
INSERT INTO search (rowid, words) VALUES (113,'因 为 storesetaside');
INSERT INTO search (rowid, words) VALUES (114,'因 为 storetoonew');
INSERT INTO search (rowid, words) VALUES (115,'命 令 死 了');
COMMIT;
