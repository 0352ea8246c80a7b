using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Envd.Common;
using KernelGateway.AspNetCore.Envd.Connect;
using KernelGateway.AspNetCore.Envd.Files;
using KernelGateway.AspNetCore.Envd.Filesystem;
using KernelGateway.AspNetCore.Envd.Machine;
using KernelGateway.AspNetCore.Envd.Processes;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.AspNetCore.Security;
using KernelGateway.SandboxServices;

namespace KernelGateway.AspNetCore.Envd;

/// <summary>The routes of E2B's daemon in a sandbox: files, directory watches, commands and the machine.</summary>
internal static class EnvdRoutes
{
    private const string Tag = "sandbox services";
    private const string Json = JsonAnswer.MediaType;

    private static readonly OpenOrigins Origins = new(
        "HEAD, GET, POST, PUT, PATCH, DELETE",
        "Grpc-Status, Grpc-Message, Grpc-Status-Details-Bin, Location, Cache-Control, X-Content-Type-Options",
        "7200");

    public static void Map(RouteTable gateway, HttpSurface surface, LocalSandbox sandbox, CommandDeadline deadline)
    {
        TokenSubstitute refusal = _ => EnvdError.Unauthorized;
        TokenSubstitute signature = request => FileSignature.FindProblem(request, surface.Options.Token, surface.Time);
        ErrorForm errors = EnvdError.WriteRefusalAsync;
        MapMachine(gateway.For(new RouteSection(Tag, errors, Access: [refusal, Origins])), surface, sandbox);
        MapFiles(gateway.For(new RouteSection(Tag, errors, Access: [signature, Origins])), surface, sandbox);
        var connect = gateway.For(new RouteSection(Tag, ConnectError.WriteRefusalAsync, Access: [refusal, Origins]));
        MapService(connect, FilesystemService.Create(surface, sandbox));
        MapService(connect, ProcessService.Create(surface, sandbox, deadline));
    }

    private static void MapService(RouteTable routes, ConnectService service)
    {
        foreach (var (path, handler) in service.Methods) routes.MapUndescribed("POST", path, handler);
        routes.MapUnknown(service.Pattern, service.RefuseMethodAsync);
    }

    private static void MapMachine(RouteTable routes, HttpSurface surface, LocalSandbox sandbox)
    {
        var machine = new MachineEndpoints(surface, sandbox);
        machine.StartMeasuring();
        routes.Map("GET", "/envs", machine.ShowVariablesAsync)
            .Describe("sandbox_variables", "Returns the environment variables that kernels and commands get.")
            .Answers<Dictionary<string, string>>(200, Json, "The values by name.");
        routes.Map("GET", "/metrics", machine.ShowMetricsAsync)
            .Describe("sandbox_metrics", "Returns the use of processors, memory and disk of the sandbox or machine.")
            .Answers<MetricsBody>(200, Json, "The values. Those of a control group where it has limits.");
        routes.Map("POST", "/init", new InitEndpoint(surface, sandbox).HandleAsync)
            .Describe("sandbox_init", "Changes variables, default user and default directory.")
            .Takes<InitBody>(Json, isOptional: true)
            .Answers<Nothing>(204, null, "They are changed.")
            .Answers<EnvdErrorBody>(400, Json, "A value cannot be used.");
    }

    private static void MapFiles(RouteTable routes, HttpSurface surface, LocalSandbox sandbox)
    {
        var download = new DownloadEndpoint(surface, sandbox);
        DescribeUrl(routes.Map("GET", "/files", download.HandleAsync)
            .Describe(
                "read_file",
                "Reads a file.",
                "Ranges and conditions (`If-Modified-Since` and so on) are supported. The content is compressed with gzip if "
                + "`Accept-Encoding` prefers it and no range is asked for.")
            .Answers<string>(200, "application/octet-stream", "The content.")
            .Answers<EnvdErrorBody>(400, Json, "The path cannot be used, or is a directory.")
            .Answers<EnvdErrorBody>(401, Json, "The token or signature is missing, wrong or expired, or there is no such user.")
            .Answers<EnvdErrorBody>(404, Json, "There is no such file.")
            .Answers<EnvdErrorBody>(406, Json, "No acceptable encoding."));
        routes.MapHidden("HEAD", "/files", download.HandleAsync);
        DescribeUrl(routes.Map("POST", "/files", new UploadEndpoint(surface, sandbox).HandleAsync)
            .Describe(
                "write_files",
                "Writes one or several files.",
                "The body is the content (`application/octet-stream`), or a form whose fields `file` have the names of the files. It "
                + "may be compressed with gzip. Headers `X-Metadata-KEY` become extended attributes of the files.")
            .Query("atomic", "`true` writes beside the target and then replaces it.", "string")
            .Takes<byte[]>("application/octet-stream")
            .Answers<WrittenFileBody[]>(200, Json, "The files, in the order of the request.")
            .Answers<EnvdErrorBody>(400, Json, "The body, the path or the metadata cannot be used.")
            .Answers<EnvdErrorBody>(401, Json, "The token or signature is missing, wrong or expired, or there is no such user.")
            .Answers<EnvdErrorBody>(507, Json, "The disk is full."));
        routes.MapAmongOthers("POST", "/files/compose", new ComposeEndpoint(surface, sandbox).HandleAsync)
            .Describe("compose_files", "Joins files into one, and removes the parts.")
            .Takes<ComposeBody>(Json)
            .Answers<WrittenFileBody>(200, Json, "The file.")
            .Answers<EnvdErrorBody>(400, Json, "A path cannot be used.")
            .Answers<EnvdErrorBody>(404, Json, "A part does not exist.");
    }

    private static void DescribeUrl(RouteDescription route) => route
        .Query("path", "The path: absolute, relative to the user's home, or empty for the working directory.", "string")
        .Query("username", "The user for whom the file is used.", "string")
        .Query("signature", "In place of the token: what `path`, `username` and the token are signed to.", "string")
        .Query("signature_expiration", "The end of the signature's validity, in seconds since 1970.", "integer");
}
