using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;

namespace KernelGateway.AspNetCore.Jupyter.Kernelspecs;

/// <summary>The routes of kernelspecs, with their descriptions.</summary>
internal static class KernelSpecRoutes
{
    private const string Json = JsonAnswer.MediaType;
    private const string AnyMedia = "application/octet-stream";
    private const string Missing = "There is no usable kernelspec of this name, or it has no such file.";

    public static void Map(RouteTable routes, HttpSurface surface)
    {
        var endpoints = new KernelSpecEndpoints(surface);
        var files = new KernelSpecFileEndpoint(surface);
        routes.Map("GET", "/api/kernelspecs", endpoints.ListAsync)
            .Describe("jupyter_list_kernelspecs", "Lists the installed kernelspecs and names the default one.")
            .Answers<KernelSpecsBody>(200, Json, "The kernelspecs.");
        routes.Map("GET", "/api/kernelspecs/{name}", endpoints.ShowAsync)
            .Describe("jupyter_get_kernelspec", "Returns a kernelspec.")
            .Answers<KernelSpecBody>(200, Json, "The kernelspec.")
            .Answers<JupyterErrorBody>(404, Json, "There is no usable kernelspec of this name; the message lists the usable ones.");
        routes.Map("GET", "/kernelspecs/{name}/{**file}", files.HandleAsync)
            .Describe("jupyter_get_kernelspec_file", "Returns a file of a kernelspec: a logo, a script.")
            .Answers<Stream>(200, AnyMedia, "The file, with the media type of its extension.")
            .Answers<JupyterErrorBody>(404, Json, Missing);
        routes.Map("HEAD", "/kernelspecs/{name}/{**file}", files.HandleAsync)
            .Describe("jupyter_head_kernelspec_file", "Returns whether there is such a file, and its length.")
            .Answers<Nothing>(200, null, "There is.")
            .Answers<Nothing>(404, null, Missing);
    }
}
