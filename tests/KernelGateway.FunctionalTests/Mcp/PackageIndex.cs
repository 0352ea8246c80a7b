using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.FunctionalTests.Mcp;

/// <summary>An index of pip and a registry of npm on loopback, with one package each: <c>kg-demo</c>, whose <c>answer</c> is 42.</summary>
internal sealed class PackageIndex : IAsyncDisposable
{
    private const string Wheel = "kg_demo-1.0-py3-none-any.whl";

    private static readonly string[] Files =
        ["kg_demo.py", "kg_demo-1.0.dist-info/METADATA", "kg_demo-1.0.dist-info/WHEEL", "kg_demo-1.0.dist-info/RECORD"];

    private readonly WebApplication _app;

    private PackageIndex(WebApplication app) => _app = app;

    public string PipUrl => $"{_app.Urls.Single()}/simple/";

    public string NpmUrl => $"{_app.Urls.Single()}/npm/";

    public static async Task<PackageIndex> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        Microsoft.AspNetCore.Hosting.WebHostBuilderKestrelExtensions.UseKestrelCore(builder.WebHost);
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var wheel = CreateWheel();
        var tarball = CreateTarball();
        app.Run(context => AnswerAsync(context, wheel, tarball));
        await app.StartAsync(cancellationToken);
        return new PackageIndex(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static Task AnswerAsync(HttpContext context, byte[] wheel, byte[] tarball)
    {
        var root = $"http://{context.Request.Host}";
        return context.Request.Path.Value switch
        {
            "/simple/kg-demo/" => WriteAsync(context, "text/html", Encoding.UTF8.GetBytes($"<html><body><a href=\"/files/{Wheel}\">{Wheel}</a></body></html>")),
            $"/files/{Wheel}" => WriteAsync(context, "application/octet-stream", wheel),
            "/npm/kg-demo" => WriteAsync(context, "application/json", Encoding.UTF8.GetBytes(
                $$"""
                {"name": "kg-demo", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": {"name": "kg-demo", "version": "1.0.0",
                 "dist": {"tarball": "{{root}}/files/kg-demo-1.0.0.tgz", "integrity": "sha512-{{Convert.ToBase64String(SHA512.HashData(tarball))}}" } } } }
                """)),
            "/files/kg-demo-1.0.0.tgz" => WriteAsync(context, "application/octet-stream", tarball),
            _ => WriteNotFoundAsync(context),
        };
    }

    private static Task WriteNotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static Task WriteAsync(HttpContext context, string type, byte[] content)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = content.Length;
        return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
    }

    // The Python packaging specifications, Binary distribution format.
    private static byte[] CreateWheel()
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(archive, "kg_demo.py", "answer = 42\n");
            Add(archive, "kg_demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: kg-demo\nVersion: 1.0\n");
            Add(archive, "kg_demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
            Add(archive, "kg_demo-1.0.dist-info/RECORD", string.Concat(Files.Select(name => $"{name},,\n")));
        }

        return stream.ToArray();
    }

    private static void Add(ZipArchive archive, string name, string content)
    {
        using var writer = new StreamWriter(archive.CreateEntry(name).Open());
        writer.Write(content);
    }

    private static byte[] CreateTarball()
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Pax))
        {
            Add(tar, "package/package.json", """{"name": "kg-demo", "version": "1.0.0", "main": "index.js"}""");
            Add(tar, "package/index.js", "exports.answer = 42;\n");
        }

        return stream.ToArray();
    }

    private static void Add(TarWriter tar, string name, string content) =>
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) });
}
