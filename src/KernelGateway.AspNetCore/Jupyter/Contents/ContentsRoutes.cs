using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.SandboxServices;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>The routes of files, with their descriptions.</summary>
internal static class ContentsRoutes
{
    private const string Pattern = "/api/contents/{**path}";
    private const string Files = "/files/{**path}";
    private const string Json = JsonAnswer.MediaType;
    private const string Hidden = " Names that begin with a dot are hidden: they count as missing and cannot be created.";
    private const string Missing = "There is nothing at this path, or it leads out of the served directory.";
    private const string Denied = "The user may not do that.";
    private const string Malformed = "The request is not as described, or not possible for what is at this path; the message says why.";
    private const string Full = "The disk is full.";
    private const string TooLong = "The body is too long.";
    private const string NoMemory = "The gateway has no memory for the content at the moment.";

    public static void Map(RouteTable routes, HttpSurface surface, LocalSandbox sandbox)
    {
        // The gateway exists once the host has started.
        var services = new Lazy<ContentsServices>(() => Create(surface, sandbox));
        var endpoint = new ContentsEndpoint(surface, services);
        routes.Map("GET", Pattern, endpoint.ReadAsync)
            .Describe(
                "jupyter_get_contents",
                "Returns a file, a notebook, or a directory with the list of what is in it.",
                "The path is below the default directory of the gateway's kernels." + Hidden + " The path of a file with `/checkpoints` behind it "
                + "returns the list of its checkpoints.")
            .Query("type", "`file`, `notebook` or `directory`; without it, the name decides.", "string")
            .Query("format", "`text` or `base64`; without it, a file that is UTF-8 is text.", "string")
            .Query("content", "`0` leaves the content out; `1`, the default, does not.", "string")
            .Query("hash", "`1` adds the hash of the content; `0` is the default.", "string")
            .Answers<ContentsBody>(200, Json, "The file, notebook or directory; for checkpoints, a list of them.")
            .Answers<JupyterErrorBody>(400, Json, Malformed)
            .Answers<JupyterErrorBody>(403, Json, Denied)
            .Answers<JupyterErrorBody>(404, Json, Missing)
            .Answers<JupyterErrorBody>(503, Json, NoMemory);
        routes.Map("POST", Pattern, endpoint.CreateAsync)
            .Describe(
                "jupyter_create_contents",
                "Creates an empty file, notebook or directory, or a copy, in a directory. The server chooses its name.",
                "The path of a file with `/checkpoints` behind it creates its checkpoint, with `/checkpoints/checkpoint` restores it (204), with "
                + "`/trust` lets the outputs of a notebook run scripts in clients.")
            .Takes<SaveBody>(Json, isOptional: true)
            .Answers<ContentsBody>(201, Json, "What was created, without its content.")
            .Answers<JupyterErrorBody>(400, Json, Malformed)
            .Answers<JupyterErrorBody>(403, Json, Denied)
            .Answers<JupyterErrorBody>(404, Json, Missing)
            .Answers<JupyterErrorBody>(413, Json, TooLong)
            .Answers<JupyterErrorBody>(503, Json, NoMemory)
            .Answers<JupyterErrorBody>(507, Json, Full);
        routes.Map("PUT", Pattern, endpoint.SaveAsync)
            .Describe(
                "jupyter_save_contents",
                "Saves a file or a notebook, or creates a directory.",
                "A file is replaced at once when its content is complete; `chunk` sends a long one in parts, which are added one after another." + Hidden)
            .Takes<SaveBody>(Json)
            .Answers<ContentsBody>(200, Json, "The file that was there before, as it is now, without its content.")
            .Answers<ContentsBody>(201, Json, "What is new, without its content.")
            .Answers<JupyterErrorBody>(400, Json, Malformed)
            .Answers<JupyterErrorBody>(403, Json, Denied)
            .Answers<JupyterErrorBody>(404, Json, Missing)
            .Answers<JupyterErrorBody>(413, Json, TooLong)
            .Answers<JupyterErrorBody>(500, Json, "The directory of the path does not exist, or the file system failed.")
            .Answers<JupyterErrorBody>(503, Json, NoMemory)
            .Answers<JupyterErrorBody>(507, Json, Full);
        routes.Map("PATCH", Pattern, endpoint.MoveAsync)
            .Describe("jupyter_rename_contents", "Renames or moves a file or directory, with its checkpoint.")
            .Takes<SaveBody>(Json)
            .Answers<ContentsBody>(200, Json, "It at its new path, without its content.")
            .Answers<JupyterErrorBody>(400, Json, Malformed)
            .Answers<JupyterErrorBody>(403, Json, Denied)
            .Answers<JupyterErrorBody>(404, Json, Missing)
            .Answers<JupyterErrorBody>(409, Json, "Something is at the new path.")
            .Answers<JupyterErrorBody>(413, Json, TooLong);
        routes.Map("DELETE", Pattern, endpoint.DeleteAsync)
            .Describe(
                "jupyter_delete_contents",
                "Deletes a file, or a directory with everything in it.",
                "There is no trash. The path of a file with `/checkpoints/checkpoint` behind it deletes its checkpoint.")
            .Answers<Nothing>(204, null, "It is deleted.")
            .Answers<JupyterErrorBody>(400, Json, Malformed)
            .Answers<JupyterErrorBody>(403, Json, Denied)
            .Answers<JupyterErrorBody>(404, Json, Missing);
        MapDownload(routes, new DownloadEndpoint(surface, services));

        // JupyterLab asks for the formats that it can export notebooks to.
        routes.Map("GET", "/api/nbconvert", ContentsEndpoint.ListExportFormatsAsync)
            .Describe("jupyter_list_export_formats", "Returns the formats to which notebooks can be exported: none.")
            .Answers<Dictionary<string, string>>(200, Json, "An empty object.");
    }

    private static void MapDownload(RouteTable routes, DownloadEndpoint download)
    {
        const string AnyMedia = "application/octet-stream";
        routes.Map("GET", Files, download.HandleAsync)
            .Describe("jupyter_get_file", "Returns the bytes of a file below the served directory, or a range of them.")
            .Query("download", "Any value makes browsers store the file.", "string")
            .Answers<Stream>(200, AnyMedia, "The file, with the media type of its extension.")
            .Answers<Stream>(206, AnyMedia, "The range.")
            .Answers<Nothing>(304, null, "The file has not been changed.")
            .Answers<JupyterErrorBody>(400, Json, "It is a directory, or not a regular file.")
            .Answers<JupyterErrorBody>(403, Json, Denied)
            .Answers<JupyterErrorBody>(404, Json, Missing)
            .Answers<JupyterErrorBody>(416, Json, "The range is not in the file.");
        routes.Map("HEAD", Files, download.HandleAsync)
            .Describe("jupyter_head_file", "Returns whether there is such a file, and its length.")
            .Answers<Nothing>(200, null, "There is.")
            .Answers<Nothing>(404, null, Missing);
    }

    // The default user can be changed by /init.
    private static ContentsServices Create(HttpSurface surface, LocalSandbox sandbox) =>
        new(surface, () => sandbox.GetFiles(null), DefaultDirectory.Find(surface.Gateway));
}
