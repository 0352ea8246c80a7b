using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.RichData;

public sealed class ImageTests() : PythonCells("PIL", "matplotlib")
{
    private static readonly byte[] PngSignature = [0x89, (byte)'P', (byte)'N', (byte)'G'];

    [TestCase("image.show()", TestName = "An image is shown")]
    [TestCase("image", TestName = "An image is the value of the cell")]
    [TestCase("image.save(path)", TestName = "An image is saved")]
    [TestCase("import pathlib; image.save(pathlib.Path(path))", TestName = "An image is saved under a path object")]
    [TestCase("image.convert('CMYK').show()", TestName = "An image in print colours is shown")]
    [TestCase("image.convert('F')", TestName = "An image of floats is shown")]
    [CancelAfter(60_000)]
    public async Task Images_show_as_png(string code, CancellationToken cancellationToken)
    {
        var result = await RunOneAsync(
            $"import os, tempfile\nfrom PIL import Image\npath = os.path.join(tempfile.mkdtemp(), 'image.png')\nimage = Image.new('RGB', (3, 2), 'red')\n{code}",
            cancellationToken);

        result.Png![..4].Should().Equal(PngSignature);
        result.Text.Should().StartWith("<PIL.Image.Image");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_saved_image_is_in_its_file_and_one_that_cannot_be_saved_is_not_shown(CancellationToken cancellationToken)
    {
        var results = await RunAsync(
            """
            import os, tempfile
            from PIL import Image
            path = os.path.join(tempfile.mkdtemp(), 'image')
            try:
                Image.new('RGB', (3, 2)).save(path)
            except ValueError as error:
                print(error)
            Image.new('RGB', (3, 2)).save(path, 'GIF')
            Image.open(path).size, Image.Image.save.__name__
            """,
            cancellationToken);

        results.Should().HaveCount(2);
        results[1].Text.Should().Be("((3, 2), 'save')");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Image_saved_into_memory_is_not_shown(CancellationToken cancellationToken)
    {
        var results = await RunAsync("import io\nfrom PIL import Image\nImage.new('RGB', (3, 2)).save(io.BytesIO(), 'PNG')", cancellationToken);

        results.Should().BeEmpty();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_figure_that_is_saved_is_shown_once(CancellationToken cancellationToken)
    {
        var result = await RunOneAsync(
            "import os, tempfile\nimport matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.savefig(os.path.join(tempfile.mkdtemp(), 'plot.png'))\nplt.show()",
            cancellationToken);

        result.Data.Contains("e2b/chart").Should().BeTrue();
    }
}
