"Package metadata comes from `settings.ini`; edit there, not here."
from configparser import ConfigParser
from pathlib import Path
from setuptools import find_packages, setup
from setuptools.command.sdist import sdist

class SDist(sdist):
    "A source archive with `settings.ini`, which this file reads"
    def make_release_tree(self, base_dir, files): super().make_release_tree(base_dir, [*files, 'settings.ini'])

here = Path(__file__).parent
config = ConfigParser(delimiters=['='])
config.read(here/'settings.ini', encoding='utf-8')
cfg = config['DEFAULT']
lib = cfg['lib_name']
status = {'1':'1 - Planning', '2':'2 - Pre-Alpha', '3':'3 - Alpha', '4':'4 - Beta', '5':'5 - Production/Stable'}

setup(name=lib, version=cfg['version'], description=cfg['description'], keywords=cfg['keywords'].split(),
      author=cfg['author'], license={'apache2':'Apache-2.0'}[cfg['license']], license_files=['LICENSE'], url=cfg['git_url'],
      long_description=(here/'README.md').read_text(encoding='utf-8'), long_description_content_type='text/markdown',
      classifiers=[f"Development Status :: {status[cfg['status']]}", f"Intended Audience :: {cfg['audience']}",
                   f"Natural Language :: {cfg['language']}", 'Programming Language :: Python :: 3',
                   'Topic :: Scientific/Engineering :: Image Processing'],
      packages=find_packages(include=[lib, lib+'.*']), package_data={lib: ['*.js', '*.css', '*.html', 'data/*']}, python_requires='>='+cfg['min_python'],
      install_requires=cfg['requirements'].split(),
      extras_require={k.removesuffix('_requirements'): v.split() for k, v in cfg.items() if k.endswith('_requirements')},
      entry_points={'console_scripts': cfg['console_scripts'].split(), 'nbdev': [f'{lib}={lib}._modidx:d']},
      cmdclass={'sdist': SDist}, zip_safe=False)
