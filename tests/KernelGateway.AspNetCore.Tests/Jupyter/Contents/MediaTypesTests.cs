using FluentAssertions;
using KernelGateway.AspNetCore.Jupyter.Contents;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Contents;

public class MediaTypesTests
{
    [TestCase("a.txt", "text/plain", null)]
    [TestCase("a.py", "text/x-python", null)]
    [TestCase("A.PNG", "image/png", null)]
    [TestCase("a.tar.gz", "application/x-tar", "gzip")]
    [TestCase("a.tgz", "application/x-tar", "gzip")]
    [TestCase("a.svgz", "image/svg+xml", "gzip")]
    [TestCase("a.csv.xz", "text/csv", "xz")]
    [TestCase("a.gz", null, "gzip")]
    [TestCase(".txt", null, null)]
    [TestCase("...txt", null, null)]
    [TestCase("a", null, null)]
    [TestCase("a.", null, null)]
    [TestCase("a.no such type", null, null)]
    public void Type_and_compression_are_those_that_Python_finds(string name, string? type, string? encoding)
    {
        MediaTypes.Find(name, out var found).Should().Be(type);
        found.Should().Be(encoding);
    }
}
