from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hectograph', '0011_classes'),
    ]

    operations = [
        migrations.AddField(
            model_name='delivery',
            name='members',
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name='share',
            name='mode',
            field=models.TextField(db_default='own', default='own'),
        ),
        migrations.AddField(
            model_name='share',
            name='access',
            field=models.TextField(db_default='edit', default='edit'),
        ),
    ]
