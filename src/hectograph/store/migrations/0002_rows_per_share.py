# A sample of a large table finds far too few different shares, and the planner then
# takes each for hundreds of rows. Some thirty to a share is near the truth at any size.

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('hectograph', '0001_ledger'),
    ]

    operations = [
        migrations.RunSQL(
            'ALTER TABLE delivery ALTER COLUMN share_id SET (n_distinct = -0.033)',
            'ALTER TABLE delivery ALTER COLUMN share_id RESET (n_distinct)',
        ),
    ]
