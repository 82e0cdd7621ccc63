// Holds the words that guessable passwords are made of, and the rows of keys that fingers run along.

/**
 * Words of lower-case letters, collected by hand: what people choose most, in a few languages. `common-passwords.ts`
 * derives the forms: with digits and signs around, letters replaced, doubled, two joined.
 */
export const COMMON_WORDS: ReadonlySet<string> = new Set(
  `
password passwort passwords passphrase passcode passwd motdepasse contrasena senha parola haslo heslo wachtwoord
losenord adgangskode salasana jelszo sifre geheim secret segredo secreto segreto hidden private confidential
admin administrator administrateur root superuser sysadmin system systems server service support helpdesk manager
guest user username login signin logon access account member customer client employee student teacher office
company corporate business enterprise internal default standard temporary temp test tester testing demo example
sample changeme changeit change letmein letmeinn openup opensesame sesame welcome welcomeback willkommen bienvenue
bienvenido benvenuto hello hellothere helloworld hallo bonjour hola ciao goodbye please thankyou thanks whatever
nothing something anything everything nobody somebody forgot forgotten forgetit remember dontforget noaccess nopass
mypass mypassword mysecret newpassword oldpassword yourpassword thepassword password_ thisismypassword
thisisapassword thisispassword thisisnotapassword itsasecret idontknow idontcare iforgot iforgotit ihateyou ihatethis
iloveyou iloveme iloveu ilovegod ilovejesus ilovemom ilovemum ilovemyself ilovemyfamily ilovemydog ilovemycat
loveyou loveme lovely lover lovers love loveforever truelove mylove myloveis tequiero teamo teamomucho jetaime
tiamo ichliebedich amour amore amor liebe liebling cherie schatz
qwerty qwertz azerty qwer asdf zxcv qwertyuiop asdfghjkl zxcvbnm qazwsx qazwsxedc zaqwsx
abc abcd abcde abcdef abcdefg abcdefgh xyz aaa xxx zzz
monkey dragon tiger lion eagle falcon hawk wolf bear panther cougar jaguar leopard elephant dolphin shark whale horse
pony kitten kitty cat cats dog dogs doggy puppy bunny rabbit hamster turtle snake spider butterfly ladybug bumblebee
penguin panda koala kangaroo chicken rooster turkey buffalo bulldog greyhound beagle poodle
sunshine moonlight starlight daylight rainbow sunflower flower flowers rose roses daisy lily violet jasmine orchid
tulip lavender summer winter spring autumn fall january february march april may june july august september october
november december monday tuesday wednesday thursday friday saturday sunday weekend holiday vacation birthday
christmas halloween easter newyear thanksgiving valentine sommer winterzeit fruehling herbst verano invierno printemps
ete hiver primavera estate
princess prince queen king kings duke baron knight warrior wizard angel angels devil demon heaven hell jesus christ
jesuschrist god godisgood godislove godbless blessed blessing amen church bible faith hope grace glory trustno trustnoone
trust buddha allah bismillah krishna ganesh
football baseball basketball softball hockey soccer tennis golf rugby cricket volleyball swimming running boxing
wrestling karate judo skateboard snowboard surfing fishing hunting racing cycling hiking climbing dancing dance
united rovers wanderers
liverpool arsenal chelsea everton manchester manunited unitedmanchester mancity tottenham westham newcastle barcelona
realmadrid juventus acmilan internazionale bayern bayernmunich dortmund borussia schalke ajax feyenoord benfica porto
sporting celtic rangers galatasaray fenerbahce besiktas boca riverplate flamengo corinthians palmeiras santos
yankees redsox dodgers giants cubs cardinals braves mets phillies steelers cowboys packers patriots eagles broncos
raiders dolphins chargers lakers celtics bulls warriors spurs knicks heat rockets
superman batman spiderman ironman wolverine hulk thor captain captainamerica avengers xmen deadpool joker harley
starwars startrek skywalker lukeskywalker darthvader vader yoda jedi hansolo chewbacca gandalf frodo hobbit aragorn
legolas lordoftherings harrypotter hogwarts gryffindor slytherin dumbledore hermione voldemort matrix neo trinity
morpheus terminator rambo rocky jamesbond bond sherlock pokemon pikachu charizard naruto sasuke sakura goku vegeta
dragonball onepiece luffy zelda mario luigi supermario sonic minecraft creeper fortnite roblox warcraft worldofwarcraft
starcraft diablo overwatch counterstrike callofduty halo masterchief assassin playstation nintendo xbox gameboy gamer
simpsons homer bart southpark cartman spongebob mickey mickeymouse minnie donald donaldduck goofy snoopy garfield
tigger pooh winnie winniethepooh barbie hellokitty tinkerbell cinderella
michael michelle jennifer jessica ashley amanda nicole daniel daniela andrew joshua matthew anthony robert roberto
thomas charles charlie george william jordan taylor hannah samantha elizabeth stephanie victoria alexander alexandra
alexandre christopher christian christine christina jonathan benjamin nicholas nathan justin brandon austin dylan
tyler zachary maggie buster bailey buddy bella max molly lucy daisyduck sophie chloe olivia emma emily madison abigail
isabella charlotte amelia maria mariana marina martin martina marco carlos alejandro fernando francisco antonio
jose juan luis miguel pedro pablo diego sofia camila valentina gabriela gabriel rafael lucas mateo leonardo
andrea alessandro francesco giuseppe giovanni matteo lorenzo federico chiara giulia nathalie sebastien nicolas julien
camille pierre marie jean philippe sandrine sylvie isabelle stefan stefanie sebastian florian tobias andreas matthias
markus juergen wolfgang heinrich friedrich katharina johanna natasha tatiana svetlana ekaterina dmitry vladimir
sergey aleksandr anastasia ivan igor oleg olga elena irina yulia mohamed mohammed muhammad ahmed ali hassan hussein
fatima aisha ibrahim mustafa mehmet priya rahul sanjay deepak lakshmi
jackson johnson williams anderson miller davis wilson smith brown jones garcia rodriguez martinez hernandez lopez
gonzalez sanchez ramirez
orange apple banana cherry strawberry blueberry peach peaches mango lemon coconut pineapple cookie cookies cupcake
chocolate vanilla caramel candy sugar honey butter cheese cheesecake pizza burger hamburger bacon chicken nuggets
spaghetti pasta taco burrito sushi coffee espresso cappuccino tea pepsi cocacola cola beer whiskey vodka tequila
budweiser heineken guinness
red blue green yellow purple orange pink black white silver golden gold diamond crystal ruby emerald sapphire pearl
ferrari porsche mercedes audi volkswagen toyota honda yamaha kawasaki suzuki ducati harleydavidson corvette mustang
camaro chevy chevrolet ford nissan subaru mitsubishi lamborghini bugatti maserati
computer internet laptop desktop keyboard monitor network wireless windows microsoft linux ubuntu debian android
iphone samsung nokia motorola google gmail yahoo hotmail facebook instagram twitter youtube snapchat whatsapp
telegram tiktok netflix amazon ebay paypal bitcoin crypto ethereum database oracle mysql postgres cisco router
firewall security hacker hacking matrixreloaded program programmer developer coding python java javascript
america american usa england english london britain scotland ireland irish france french paris germany deutschland
berlin hamburg muenchen munich austria wien vienna switzerland zurich italia italy roma milano napoli spain espana
madrid portugal lisboa brasil brazil mexico argentina colombia chile peru canada toronto vancouver australia sydney
melbourne newzealand india mumbai delhi china beijing shanghai japan tokyo korea seoul russia moscow ukraine poland
polska warszawa sweden stockholm norway denmark finland helsinki holland amsterdam belgium turkey istanbul ankara
egypt cairo africa nigeria california newyork texas florida chicago boston dallas houston atlanta seattle denver
detroit phoenix lasvegas vegas hawaii alaska
family mother father mommy daddy mama papa sister brother grandma grandpa baby babygirl babyboy baby_girl boy girl
girls friend friends bestfriend friendship forever always together husband wife wedding married
sexy sexygirl hotstuff hottie cutie cutiepie beautiful gorgeous handsome pretty sweet sweety sweetie sweetheart honeybun
fuck fuckyou fuckoff fuckme fuckthis shit bullshit asshole bastard bitch bitches pussy dick bigdick cock cunt boobs
tits sex porn penis vagina hardcore playboy
music rock rockstar rocknroll metal metallica slipknot nirvana acdc ironmaiden beatles elvis presley eminem rihanna
beyonce madonna britney shakira justinbieber onedirection taylorswift blackpink guitar drummer piano violin
freedom liberty peace justice power energy magic lucky luck fortune money dollar cash million millionaire rich
happy happiness smile smiley laugh funny crazy cool awesome amazing fantastic perfect excellent success winner
champion legend master hunter killer ninja samurai pirate ghost zombie vampire dragonfly phoenixrising thunder
lightning storm hurricane tornado fire ice snow snowman ocean river mountain island beach sunset sunrise
star stars moon earth mars venus jupiter saturn galaxy universe cosmos space apollo
mercury midnight shadow darkness darkside blackcat blackjack poker casino joker jackpot
school highschool college university harvard oxford science history english mathematics chemistry physics biology
doctor nurse police soldier army navy marine marines airforce military sniper captainhook commander general sergeant
trucker cowboy cowgirl country western texasranger
pass word key keys lock unlock open close enter exit start stop begin end first last number one two three four five
six seven eight nine ten hundred thousand zero onetwothree onetwothreefour
correcthorsebatterystaple
`
    .split(/\s+/)
    .map((word) => word.replaceAll('_', ''))
    .filter((word) => word.length > 2),
);

/** Rows of neighbouring keys and the two orders that everybody knows; they are followed in both directions. */
export const KEY_ROWS: readonly string[] = [
  'abcdefghijklmnopqrstuvwxyzabc',
  '012345678901234567890',
  'qwertyuiop[]',
  'asdfghjkl;',
  'zxcvbnm,./',
  'qwertzuiop',
  'yxcvbnm',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
  'qazwsxedcrfvtgbyhnujmikolp',
  'qayxswedcvfrtgbnhzujmkiolp',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  'a1b2c3d4e5f6g7h8i9j0',
  '1a2b3c4d5e6f7g8h9i0j',
  'zaq1xsw2cde3vfr4bgt5nhy6mju7',
  '!@#$%^&*()_+',
  '!"§$%&/()=?',
  '147258369',
  '741852963',
  '159753',
  '123698745',
];
