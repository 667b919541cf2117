"""Names of people, of many languages: family names and given names by script."""

LATIN_FAMILY = """
Abernathy Achterberg Adeyemi Aguirre Akintola Albrecht Almeida Amundsen Andrade Antonelli Ashworth
Bakshi Balasubramanian Baptiste Barbosa Bassett Beaumont Bergström Bhattacharya Bianchi Björklund
Blackwood Bondarenko Bouchard Braithwaite Brûlé Calloway Castellanos Chakraborty Chanthavong
Charpentier Chidambaram Christodoulou Czerwiński Dahlgren Delacroix Demirci Desrosiers Dlamini
Domínguez Dragomir Eberhardt Echeverría Egwuatu Eriksson Espinoza Etxeberria Falkenberg
Featherstone Fernández Fitzgerald Fontaine Friedrichsen Gallagher Gebremariam Ghorbani
Giannopoulos Goldschmidt Gonçalves Grünwald Guðmundsdóttir Gutiérrez Hakobyan Halvorsen Hashemi
Haugland Hernández Hjelmgaard Holloway Hoàng Ibáñez Ilunga Iyengar Jankowski Jayawardena Jiménez
Johansson Kaczmarek Kamau Karapetyan Kaufmann Khatun Kobayashi Kowalczyk Krishnamurthy Kuznetsova
Lachapelle Lindqvist Lombardi Macdonald Magnússon Makinde Maldonado Marchetti Matsumoto Mbeki
McAllister McGillicuddy Mendonça Mihailescu Mokoena Montgomery Mukherjee Müller Mwangi Nakagawa
Ndiaye Nguyen Nieminen Nkemelu Novotná Nowakowski O'Callaghan O'Shaughnessy Oberholzer Odhiambo
Okafor Okonkwo Olowokere Orozco Østergaard Özdemir Pacheco Papadakis Parthasarathy Pelletier
Petrosyan Pfeiffer Piątek Pietersen Pillai Popescu Quiñones Raghunathan Rasmussen Reinholt
Restrepo Rossellini Saavedra Sachdeva Sandoval Schröder Sepúlveda Shevchenko Siddiqui Sigurðsson
Skovgaard Söderlund Sokolowski Stavropoulos Steinmetz Subramaniam Szymańska Takahashi Thibodeaux
Thorvaldsen Trevelyan Tshabalala Uzunović Valdivia Vandenberghe Vanderbilt Vasilescu Villanueva
Vyshinsky Wadsworth Wakefield Weatherby Wijesinghe Winterbourne Wojciechowski Yamamoto Yildirim
Zapatero Zelenka Zimmermann Zuberi Smith Jones Brown Taylor Nelson Carter Reed Ali Khan Singh
Patel Chen Lopez Garcia Kim Tran Ito
"""

LATIN_GIVEN = """
Aaliyah Abdulrahman Abigail Adalbert Adaeze Agnieszka Aleksandra Alejandro Amélie Anastasia
Andrzej Anneliese Apinya Aristotelis Arjun Ástríður Ayodele Babajide Bartholomew Beatriz Benedikt
Bernadette Björn Bogdan Brígida Caoimhe Catalina Cedric Chiamaka Chinedu Christoph Clémence
Cordelia Cristóbal Dagmar Deborah Desmond Dimitrios Dorotea Ebenezer Edith Eleonora Emiliano
Ermintrude Eszter Evangelina Farhad Fatoumata Federico Ferdinand Fiorella François Gabriela
Geraldine Gianluca Giovanna Gottfried Guadalupe Gudrun Günther Hamish Harriet Hatshepsut Heinrich
Henrietta Hildegard Hiroshi Ignatius Ikechukwu Imogen Ingeborg Isabella Itziar Jacqueline Jadwiga
Jarosław Jemima Jerónimo Joaquín Johannes Josephine Juliana Kamala Katarzyna Kehinde Khadija
Klementyna Konstantin Kwabena Lakshmi Leopold Lieselotte Ludmila Lourdes Maximilian Magdalena
Malgorzata Marguerite Mariana Mehmet Meenakshi Mercedes Mireille Mohammed Montserrat Nadezhda
Nathaniel Ngozi Nikolaos Oluwaseun Ottoline Parvathi Penelope Philippa Priyanka Quentin Raimundo
Rajeshwari Ramona Reginald Rosalind Rüdiger Sakura Salvatore Samantha Sebastian Siobhán Solveig
Stanisław Svetlana Tadeusz Thaddeus Theodora Thomasina Torvald Umberto Valentina Venkatesh
Veronika Vivienne Vladimir Wilhelmina Winifred Xiomara Yevgenia Yolanda Yusuf Zbigniew Zeynep John
Mary David Anna Maria James Linda Ahmed Wei Ana Tom Sue
"""

# family, given, then the same in the group of ideographs and in the phonetic group (PS3.5 6.2.1)
IDEOGRAPHIC = """
Yamada Tarou 山田 太郎 やまだ たろう
Suzuki Hanako 鈴木 花子 すずき はなこ
Watanabe Kenjirou 渡辺 健次郎 わたなべ けんじろう
Hong Gildong 洪 吉洞 홍 길동
Baek Seoyeon 白 書妍 백 서연
Wang Xiaodong 王 小東 ワン シャオドン
Ouyang Mingzhu 欧阳 明珠 オウヤン ミンジュ
"""

# family and given names in scripts of their own
OTHER_SCRIPTS = """
Люксембург Владислава
Задорожный Святослав
Παπαδόπουλος Αλέξανδρος
Κωνσταντινίδης Ευαγγελία
الحسيني عبدالرحمن
Քոչարյան Աստղիկ
"""

PREFIXES = ["", "", "", "Mr", "Mrs", "Ms", "Dr", "Prof", "Rev", "Herr", "Frau", "Sra"]
SUFFIXES = ["", "", "", "", "Jr", "III", "MD", "PhD"]
