using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using KernelGateway.ControlPlane.Templates;
using KernelGateway.ControlPlane.Templates.Images;
using NUnit.Framework;
using static KernelGateway.ControlPlane.Tests.Templates.Images.ImageWriter;

namespace KernelGateway.ControlPlane.Tests.Templates.Images;

/// <summary>OCI layouts: layers, whiteouts, digests, the choice of the image and its defaults.</summary>
[Platform("Linux")]
public sealed class OciLayoutTests
{
    [Test]
    public void Layers_are_put_on_top_of_each_other()
    {
        using var bench = new ImageBench();

        bench.UnpackLayers(
            Tar(Folder("etc"), File("etc/a", "1"), File("etc/b", "1"), File("file", "1")),
            Tar(File("etc/b", "2"), Folder("file"), File("file/inner", "2"), HardLink("etc/same", "etc/a")));

        bench.List().Should().Equal("etc", "etc/a", "etc/b", "etc/same", "file", "file/inner");
        bench.Read("etc/b").Should().Be("2");
        bench.Read("etc/same").Should().Be("1");
    }

    [Test]
    public void Whiteouts_remove_what_layers_before_have_and_nothing_of_their_own()
    {
        using var bench = new ImageBench();

        bench.UnpackLayers(
            Tar(File("gone", "1"), File("again", "1"), Folder("tree"), File("tree/x", "1"), File("tree/y/z", "1"), File("kept", "1")),
            Tar(File("again", "2"), File(".wh.gone"), File(".wh.again"), File("tree/.wh.y"), File(".wh.missing"), File("no/such/.wh.place")));

        bench.List().Should().Equal("again", "kept", "tree", "tree/x");
        bench.Read("again").Should().Be("2");
    }

    [Test]
    public void Opaque_directory_hides_what_layers_before_have_wherever_the_mark_is()
    {
        using var bench = new ImageBench();

        bench.UnpackLayers(
            Tar(File("a/old", "1"), File("a/deep/old", "1"), File("b/old", "1")),
            Tar(File("a/new", "2"), File("a/deep/new", "2"), File("a/.wh..wh..opq"), File("a/.wh..wh.plnk")));

        bench.List().Should().Equal("a", "a/deep", "a/deep/new", "a/new", "b", "b/old");
    }

    [Test]
    public void Whiteout_removes_a_link_and_not_what_it_leads_to()
    {
        using var bench = new ImageBench();
        var outside = Directory.CreateDirectory(Path.Combine(bench.Directory, "outside")).FullName;
        System.IO.File.WriteAllText(Path.Combine(outside, "file"), "1");

        bench.UnpackLayers(Tar(Link("link", outside), Link("way", outside)), Tar(File(".wh.link"), File("way/.wh.file"), File("way/.wh..wh..opq")));

        bench.List().Should().Equal("way");
        System.IO.File.Exists(Path.Combine(outside, "file")).Should().BeTrue();
    }

    [TestCase("a/.wh...", "*removes no file*")]
    [TestCase("a/.wh..", "*removes no file*")]
    [TestCase(".wh.", "*removes no file*")]
    [TestCase("../.wh.layout", "*leads out*")]
    [TestCase("../.wh..wh..opq", "*leads out*")]
    public void Whiteout_of_something_outside_is_refused(string name, string message)
    {
        using var bench = new ImageBench();

        FluentActions.Invoking(() => bench.UnpackLayers(Tar(Folder("a")), Tar(File(name)))).Should().Throw<TemplateException>().WithMessage(message);

        Directory.Exists(bench.Layout).Should().BeTrue();
    }

    [Test]
    public void Names_of_whiteouts_are_ordinary_in_a_tar_file()
    {
        using var bench = new ImageBench();

        bench.UnpackTar(File("a"), File(".wh.a"));

        bench.List().Should().Equal(".wh.a", "a");
    }

    [Test]
    public void Configuration_gives_the_defaults_of_the_template()
    {
        using var bench = new ImageBench();
        bench.WriteLayout([Tar(File("a"))], new JsonObject
        {
            ["User"] = "app:staff",
            ["WorkingDir"] = "/srv/app",
            ["Env"] = new JsonArray("PATH=/app/bin:/usr/bin", "A=b=c", "EMPTY=", "broken"),
            ["Entrypoint"] = new JsonArray("/entry"),
            ["Cmd"] = new JsonArray("--serve"),
        });

        var defaults = bench.Unpack(bench.Layout)!;

        var template = JsonNode.Parse("""{ "cwd": "/own", "env": { "A": "own" } }""")!.AsObject();
        defaults.AddTo(template);
        template.ToJsonString().Should().Be("""{"cwd":"/own","env":{"A":"own","PATH":"/app/bin:/usr/bin","EMPTY":""},"user":"app"}""");
    }

    [Test]
    public void Programs_of_an_image_without_a_user_run_as_root_in_the_root_directory()
    {
        using var bench = new ImageBench();

        bench.UnpackLayers(Tar(File("a"))).Should().BeEquivalentTo(new ImageDefaults("root", "/", new Dictionary<string, string>()));
    }

    [Test]
    public void Image_is_chosen_by_name_and_by_architecture()
    {
        using var bench = new ImageBench();
        var (one, other) = (bench.WriteImage([Tar(File("one"))], []), bench.WriteImage([Tar(File("other"))], [], "s390x"));
        one["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = Architecture };
        other["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = "s390x" };
        var nested = bench.WriteBlob(Encoding.UTF8.GetBytes(IndexOf(one, other).ToJsonString()), "application/vnd.oci.image.index.v1+json");
        nested["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = "v1" };
        var second = bench.WriteImage([Tar(File("second"))], []);
        second["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = "v2" };
        bench.WriteIndex(nested, second);

        FluentActions.Invoking(() => bench.Unpack(bench.Layout)).Should().Throw<TemplateException>().WithMessage("*several*'v1', 'v2'*");
        FluentActions.Invoking(() => bench.Unpack(bench.Layout, "v3")).Should().Throw<TemplateException>().WithMessage("*no image 'v3'*'v1', 'v2'*");
        bench.Unpack(bench.Layout, "v1");

        bench.List().Should().Equal("one");
    }

    [Test]
    public void Image_for_another_architecture_is_refused()
    {
        using var bench = new ImageBench();
        bench.WriteIndex(bench.WriteImage([Tar(File("a"))], [], "s390x"));

        FluentActions.Invoking(() => bench.Unpack(bench.Layout)).Should().Throw<TemplateException>().WithMessage("*linux/s390x*");
        bench.List().Should().BeEmpty();
    }

    [Test]
    public void Blob_that_was_changed_cut_short_or_removed_is_refused([Values("change", "cut", "remove")] string harm, [Values] bool isLayer)
    {
        using var bench = new ImageBench();
        bench.WriteLayout([Tar(File("a", "content"))], []);
        var manifest = JsonNode.Parse(System.IO.File.ReadAllText(Path.Combine(bench.Layout, "index.json")))!["manifests"]![0]!;
        var content = JsonNode.Parse(System.IO.File.ReadAllText(bench.BlobPath((string)manifest["digest"]!)))!;
        var path = bench.BlobPath((string)(isLayer ? content["layers"]![0]! : content["config"]!)["digest"]!);
        var bytes = System.IO.File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        if (harm == "remove") System.IO.File.Delete(path);
        else System.IO.File.WriteAllBytes(path, harm == "cut" ? bytes[..^1] : bytes);

        FluentActions.Invoking(() => bench.Unpack(bench.Layout)).Should().Throw<TemplateException>();

        bench.List().Should().BeEmpty("nothing of a blob is unpacked before its digest was compared");
    }

    [TestCase("sha256:../../../../etc/passwd")]
    [TestCase("md5:d41d8cd98f00b204e9800998ecf8427e")]
    [TestCase("sha256:ABCDEF")]
    [TestCase("")]
    public void Digest_that_is_not_one_is_refused(string digest)
    {
        using var bench = new ImageBench();
        bench.WriteIndex(new JsonObject { ["digest"] = digest, ["size"] = 10 });

        FluentActions.Invoking(() => bench.Unpack(bench.Layout)).Should().Throw<TemplateException>().WithMessage("*digest*");
    }

    [TestCase("""[]""")]
    [TestCase("""{""")]
    [TestCase("""{ "manifests": [] }""")]
    [TestCase("""{ "manifests": [5] }""")]
    [TestCase("""{ "manifests": [{ "digest": 5, "size": "10" }] }""")]
    public void Index_that_describes_no_image_is_refused(string index)
    {
        using var bench = new ImageBench();
        bench.WriteIndex();
        System.IO.File.WriteAllText(Path.Combine(bench.Layout, "index.json"), index);

        FluentActions.Invoking(() => bench.Unpack(bench.Layout)).Should().Throw<TemplateException>();
    }

    [Test]
    public void Index_that_contains_itself_by_a_chain_is_refused()
    {
        using var bench = new ImageBench();
        var inner = bench.WriteImage([Tar(File("a"))], []);
        for (var i = 0; i < 10; i++)
            inner = bench.WriteBlob(Encoding.UTF8.GetBytes(IndexOf(inner).ToJsonString()), "application/vnd.oci.image.index.v1+json");
        bench.WriteIndex(inner);

        FluentActions.Invoking(() => bench.Unpack(bench.Layout)).Should().Throw<TemplateException>().WithMessage("*indexes*");
    }
}
